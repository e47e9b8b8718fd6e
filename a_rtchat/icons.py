"""The icon of a room: its picture, its emoji, or the icon of its kind."""

from __future__ import annotations

import secrets
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from a_rtchat.models import Invite, Room
from a_rtchat.skeleton import cached
from a_users.avatars import make_icon


def icon_of(room: Room) -> SafeString:
    """Return the HTML of a room's icon, for those who can see the room."""
    return icon_in(room.kind, room.slug, room.icon, room.picture.name or "")


def icon_for(invite: Invite) -> SafeString:
    """Return the HTML of the icon of an invite's room, for those who have the invite."""
    room = invite.room
    url = reverse("invite-picture", args=[invite.token, PurePath(str(room.picture)).stem]) if room.picture else ""
    return icon(room.kind, room.icon, url)


def icon_in(kind: str, slug: str, emoji: str, picture: str) -> SafeString:
    """Return the HTML of an icon for the columns of a room."""
    return icon(kind, emoji, picture and reverse("room-picture", args=[slug, PurePath(picture).stem]))


@cached(maxsize=5_000)
def icon(kind: str, emoji: str, url: str) -> SafeString:
    """Return the HTML of an icon with its picture at a URL, if it has one."""
    context = {"kind": kind, "emoji": emoji, "url": url}
    return mark_safe(render_to_string("a_rtchat/_room_icon.html", context).strip())  # noqa: S308  (from a template)


def read_picture(upload: UploadedFile | None, owner_id: int) -> ContentFile | None:
    """Return an upload as a room's picture, or None without one. Raises ValidationError for the field `picture`."""
    if upload is None:
        return None
    try:
        picture = make_icon(upload, owner_id)
    except ValidationError as error:
        raise ValidationError({"picture": error}) from None
    picture.name = f"{secrets.token_hex(6)}-{picture.name}"  # so that two rooms with one picture have two files
    return picture
