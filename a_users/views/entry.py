"""How people get in."""

from typing import Any

from allauth.account.views import LoginView, SignupView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie

from a_users.forms.entry import LogInForm, SignUpForm, focus_on_error
from a_users.kept_page import render_signed_out
from a_users.models import User
from a_users.models.user import TAKEN

ENTRY = "a_users/entry.html"


@never_cache
@ensure_csrf_cookie
def entry(request: HttpRequest) -> HttpResponse:
    """Show the one page for signing up and logging in."""
    return render_signed_out(
        request, ENTRY, lambda: {"login_form": LogInForm(request=request), "signup_form": SignUpForm()}
    )


class LogIn(LoginView):
    """allauth's log-in, answering on the entry page."""

    template_name = ENTRY

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return allauth's context with both forms."""
        context = super().get_context_data(**kwargs)
        focus_on_error(context["form"])
        return context | {"login_form": context["form"], "signup_form": SignUpForm()}


class SignUp(SignupView):
    """allauth's sign-up, answering on the entry page."""

    template_name = ENTRY

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign up, unless somebody was quicker with the name."""
        try:
            return super().form_valid(form)
        except IntegrityError:
            if User.objects.is_free(form.cleaned_data["username"]):
                raise
            form.add_error("username", TAKEN)
            return self.form_invalid(form)

    def get_success_url(self) -> str:
        """Return the address of the greeting, which leads on to where they wanted to go."""
        return self.passthrough_next_url(reverse("welcome"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return allauth's context with both forms."""
        context = super().get_context_data(**kwargs)
        focus_on_error(context["form"])
        return context | {"login_form": LogInForm(request=self.request), "signup_form": context["form"]}
