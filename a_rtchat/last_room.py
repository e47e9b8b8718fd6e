"""The room that a browser showed last: where signing in and the start page lead."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.validators import slug_re
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from a_rtchat import rendered, room_links
from a_rtchat.models import Membership
from a_users.models import User

COOKIE = "last_room"
MAX_AGE = timedelta(days=400)  # browsers keep no cookie longer


def remember(request: HttpRequest, response: HttpResponse, slug: str) -> HttpResponse:
    """Return the response, with a cookie that names the room unless the browser already has it."""
    if request.COOKIES.get(COOKIE) != slug:
        response.set_cookie(
            COOKIE, slug, max_age=MAX_AGE, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )
    return response


def forget(response: HttpResponse) -> None:
    """Delete the cookie."""
    response.delete_cookie(COOKIE, samesite="Lax")


def start_url(request: HttpRequest, user: User) -> str:
    """Return the URL of the last room, or else of the user's most active room, or else of the list of rooms."""
    slug = _remembered(request, user) or room_links.most_active(user)
    return rendered.room_url(slug) if slug else reverse("rooms")


def _remembered(request: HttpRequest, user: User) -> str:
    """Return the slug in the cookie if the user may still enter that room, or ""."""
    slug = request.COOKIES.get(COOKIE, "")
    if not slug_re.fullmatch(slug):
        return ""
    return slug if Membership.objects.enter_all([user.pk], slug) else ""
