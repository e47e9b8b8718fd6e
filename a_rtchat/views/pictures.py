"""Serve the pictures of rooms, to those who can see the room."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from a_rtchat.models import Room
from a_users.requests import SignedInRequest
from a_users.views.avatars import serve


@login_required
@require_safe
def picture(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Serve a room's present picture."""
    room = get_object_or_404(Room.objects.shown_to(request.user), slug=slug, picture=f"rooms/{name}.webp")
    return serve(str(room.picture))
