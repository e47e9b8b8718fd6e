"""Showing and editing profiles."""

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from a_users import extensions
from a_users.forms.profile import ProfileForm
from a_users.limits import status_of
from a_users.models import Profile, User
from a_users.requests import SignedInRequest

CARD = "profile-card"  # the element of a room page that htmx fills


@login_required
@require_safe
def profile(request: SignedInRequest, username: str) -> HttpResponse:
    """Show a profile, or the card of it; redirect from a former username or another case to the current one."""
    person = User.objects.select_related("profile").known_as(username)
    if person is None or not person.is_active:
        raise Http404("No such user.")
    if person.username != username:
        return redirect(person)
    context = {"person": person, **extensions.profile_context(request, person)}
    if request.headers.get("HX-Target") == CARD:
        return render(request, "a_users/_profile_card.html", context)
    return render(request, "a_users/profile.html", context | extensions.page_context(request))


@login_required
@require_safe
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    """Redirect to a person's profile, whatever they are called now."""
    return redirect(get_object_or_404(User, pk=pk, is_active=True))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest) -> HttpResponse:
    """Edit one's own profile."""
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Profile saved."))
        return redirect(request.user)
    return _show_form(request, "a_users/profile_edit.html", {"form": form, "section": "profile"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: SignedInRequest) -> HttpResponse:
    """Welcome a new user, who can fill in their profile or skip to the first room."""
    form, destination = _form(request), _destination(request)
    if request.method == "POST" and form.is_valid():
        form.save()
        return HttpResponseRedirect(destination)
    context = {"form": form, "skip_url": destination, "next": get_next_redirect_url(request)}
    return _show_form(request, "a_users/welcome.html", context)


def _form(request: SignedInRequest) -> ProfileForm:
    """Return the form on a separate instance: the rest of the page shows the stored profile."""
    own = Profile.objects.select_related("user").get(user=request.user)
    is_post = request.method == "POST"
    return ProfileForm(request.POST if is_post else None, request.FILES if is_post else None, instance=own)


def _destination(request: SignedInRequest) -> str:
    """Return where a new user goes: to `next`, or an app's first page, or where signing in leads."""
    next_url = get_next_redirect_url(request)  # None if it leads to another site
    return next_url or extensions.first_page(request.user) or extensions.start_page(request, request.user)


def _show_form(request: SignedInRequest, template: str, context: dict) -> HttpResponse:
    return render(request, template, context, status=status_of(context["form"]))
