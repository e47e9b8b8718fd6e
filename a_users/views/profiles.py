"""How people are shown."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from a_rtchat.views.pages import sidebar
from a_users.models import User
from a_users.requests import SignedInRequest


@login_required
def profile(request: SignedInRequest, username: str) -> HttpResponse:
    """Show someone as the others see them."""
    person = get_object_or_404(User.objects.select_related("profile"), username=username, is_active=True)
    return render(request, "a_users/profile.html", {"person": person, **sidebar(request.user)})
