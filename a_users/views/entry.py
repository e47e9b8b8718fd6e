"""Signing in and signing up, on one page."""

from typing import Any

from allauth.account.views import LoginView, SignupView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie

from a_users import extensions
from a_users.forms.entry import SignInForm, SignUpForm
from a_users.limits import Limited
from a_users.models import User
from a_users.models.user import TAKEN
from a_users.page_cache import render_signed_out

TEMPLATE = "a_users/entry.html"


@never_cache
@ensure_csrf_cookie
def entry(request: HttpRequest) -> HttpResponse:
    """Show the page for signing in and signing up."""
    return render_signed_out(
        request, TEMPLATE, lambda: {"sign_in_form": SignInForm(request=request), "sign_up_form": SignUpForm()}
    )


class SignIn(LoginView):
    """allauth's sign-in on the entry page."""

    template_name = TEMPLATE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add both forms to allauth's context."""
        context = super().get_context_data(**kwargs)
        return context | {"sign_in_form": context["form"], "sign_up_form": SignUpForm(), **_room_joined(context)}


class SignUp(SignupView):
    """allauth's sign-up on the entry page."""

    template_name = TEMPLATE

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign up, unless a concurrent request took the username."""
        try:
            return super().form_valid(form)
        except Limited as error:  # too many hashes at once
            form.add_error(None, error)
            return self.form_invalid(form)
        except IntegrityError:
            if User.objects.is_free(form.cleaned_data["username"]):
                raise
            form.add_error("username", TAKEN)
            return self.form_invalid(form)

    def get_success_url(self) -> str:
        """Return the URL of the welcome page, keeping `next`."""
        return self.passthrough_next_url(reverse("welcome"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add both forms to allauth's context."""
        context = super().get_context_data(**kwargs)
        forms = {"sign_in_form": SignInForm(request=self.request), "sign_up_form": context["form"]}
        return context | forms | _room_joined(context)


def _room_joined(context: dict[str, Any]) -> dict[str, str]:
    return {"room": extensions.room_joined(context["redirect_field_value"] or "")}
