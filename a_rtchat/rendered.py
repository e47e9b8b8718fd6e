"""The HTML of messages, rendered once in the life of each state and kept in the process.

What is kept is found by everything that the HTML shows and that can change: the message's revision, how its author
looks now, and the room's slug, which is part of its links. So it can be forgotten, but never wrong.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.template import loader
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from a_rtchat.models import Message

LOOKS = ("author__username", "author__profile__display_name", "author__profile__color", "author__profile__avatar_small")


class Kept:
    """A mapping bounded by the characters of its values: the least recently used are dropped. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.values: OrderedDict[Hashable, str] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable) -> str | None:
        """Return what is kept for a key, or None."""
        with self.lock:
            value = self.values.get(key)
            if value is not None:
                self.values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: str) -> None:
        """Keep a value for a key."""
        with self.lock:
            self.size += len(value) - len(self.values.pop(key, ""))
            self.values[key] = value
            while self.size > self.limit:
                self.size -= len(self.values.popitem(last=False)[1])

    def get_or_make(self, key: Hashable, make: Callable[[], str]) -> str:
        """Return what is kept for a key, made now where nothing is."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def clear(self) -> None:
        """Drop everything."""
        with self.lock:
            self.values.clear()
            self.size = 0


messages = Kept(settings.CHAT_RENDERED_CHARACTERS)
avatars = Kept(settings.CHAT_RENDERED_CHARACTERS // 16)


class Look(NamedTuple):
    """How an author is shown: what of a user and their profile is in the HTML of a message."""

    username: str
    display_name: str
    color: str
    avatar: str  # the small avatar's file name, or ""

    @property
    def name(self) -> str:
        """The name to show."""
        return self.display_name or self.username


class Shown(NamedTuple):
    """A message as a page or a replay shows it."""

    pk: int
    seq: int
    revision: int
    html: str


def look_of(message: Message) -> Look:
    """Return how a message's author looks, from a message loaded with its author's profile."""
    profile = message.author.profile
    return Look(message.author.username, profile.display_name, profile.color, profile.avatar_small.name or "")


def html_of(message: Message) -> str:
    """Return a message's HTML; the message has its room and its author's profile loaded."""
    look = look_of(message)
    key = (message.room.slug, message.pk, message.revision, *look)
    return messages.get_or_make(key, lambda: render(message, message.room.slug, look))


def show(queryset: Any, slug: str) -> list[Shown]:
    """Return the messages of a queryset (of one room, with this slug) in its order: one query, two where some of
    their HTML is not kept."""
    rows = list(queryset.values_list("pk", "seq", "revision", *LOOKS))
    found = {row[0]: messages.get((slug, row[0], row[2], *row[3:])) for row in rows}
    missing = [pk for pk, html in found.items() if html is None]
    late = {message.pk: message for message in _load(missing)} if missing else {}
    shown = (_shown(row, found[row[0]], late, slug) for row in rows)
    return [one for one in shown if one is not None]


def _shown(row: tuple[Any, ...], html: str | None, late: dict[int, Message], slug: str) -> Shown | None:
    """Return a row as it is shown; None where it was deleted by hand between the two queries."""
    if html is not None:
        return Shown(row[0], row[1], row[2], html)
    if message := late.get(row[0]):
        return Shown(message.pk, message.seq, message.revision, html_of(message))
    return None


def _load(pks: Iterable[int]) -> Iterable[Message]:
    return Message.objects.for_display().filter(pk__in=pks)


def render(message: Message, slug: str, look: Look) -> str:
    """Return a message's HTML, rendered now, in the language that is the same for all readers."""
    with translation.override(settings.LANGUAGE_CODE):
        return loader.get_template("a_rtchat/_message.html").render(_context(message, slug, look))


def avatar(look: Look) -> SafeString:
    """Return a small avatar, or the initials where there is no picture."""
    return mark_safe(avatars.get_or_make(look, lambda: _render_avatar(look)))  # noqa: S308  (from a template)


def _render_avatar(look: Look) -> str:
    from a_users.models import Profile, User

    profile = Profile(user=User(username=look.username), display_name=look.display_name, color=look.color)
    profile.avatar_small = look.avatar
    return loader.render_to_string("_avatar.html", {"profile": profile})


def _context(message: Message, slug: str, look: Look) -> dict[str, Any]:
    url = f"{room_url(slug)}messages/{message.seq}/" if message.pk else ""
    created = message.created_at
    return {
        "pk": message.pk or "None",
        "seq": message.seq or "",
        "revision": message.revision or "",
        "author": message.author_id,
        "client_id": message.client_id,
        "color": look.color,
        "name": look.name,
        "author_url": reverse("profile", args=[look.username]),
        "avatar": avatar(look),
        "url": url,
        "created": created and created.isoformat(timespec="seconds"),
        "clock": created and f"{created:%H:%M}",
        "is_edited": message.edited_at is not None,
        "is_deleted": message.deleted_at is not None,
        "body_html": mark_safe(message.body_html),  # noqa: S308  (sanitised when it was stored)
    }


def room_url(slug: str) -> str:
    """Return a room's address."""
    return reverse("room", args=[slug])
