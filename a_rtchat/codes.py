"""What people type or paste to join a room: a code, an invite's token, or a URL of either."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from a_rtchat.models import Room
from a_users.models import User

INVITE_PATH = re.compile(r"/invite/([\w-]{10,43})/", re.ASCII)
PLACE = re.compile(r"(?:^|/)(rooms|invite)/([^/?#\s]+)")
TOKEN = re.compile(r"[\w-]{10,43}", re.ASCII)
DASHES = re.compile(r"[\s\u2010-\u2015-]+")  # some keyboards replace dashes


def token_at(path: str) -> str:
    """Return the token of the invite whose page is at a path of this site; "" if none is."""
    found = INVITE_PATH.fullmatch(path)
    return found[1] if found else ""


def token_in(text: str) -> str:
    """Return the token of an invite that a URL on any host leads to, or that a text may be; "" if there is none."""
    text = _clean(text)
    if place := PLACE.search(text):
        return place[2] if place[1] == "invite" and TOKEN.fullmatch(place[2]) else ""
    return text if TOKEN.fullmatch(text) else ""


def slugs_in(text: str) -> list[str]:
    """Return the slugs that a code or URL may mean, the best one first: it may have spaces and capitals."""
    text = _clean(text)
    place = PLACE.search(text)
    code = (place[2] if place else text.rstrip("/").rpartition("/")[2]).lower()
    return list(dict.fromkeys([code, DASHES.sub("-", code), re.sub(r"\s+", "", code)]))


def room_for(text: str, user: User) -> Room | None:
    """Return the room that a user can see at the URL or by the code in a text, or None."""
    slugs = slugs_in(text)
    found = {room.slug: room for room in Room.objects.shown_to(user).filter(slug__in=slugs)}
    return next((found[slug] for slug in slugs if slug in found), None)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", unquote(text)).replace("\0", "")
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
