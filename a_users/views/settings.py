"""What one decides about one's own account."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from a_users.requests import SignedInRequest


@login_required
def settings(request: SignedInRequest) -> HttpResponse:
    """Show the settings."""
    return render(request, "a_users/settings.html", {"section": "settings"})
