"""The HTML of messages, rendered once per state and cached in the process.

The cache key contains everything in the HTML that can change: the message's revision, its author's profile, and the
room's slug, which is part of the links. So cached HTML is never stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.template import loader
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat import markdown
from a_rtchat.html_cache import HTMLCache
from a_rtchat.models import Message, Room
from a_rtchat.skeleton import Skeleton, cached, gap, gaps
from a_users.models import Profile, User

# What differs between an author's messages.
MESSAGE_GAPS = ("pk", "seq", "revision", "author", "client_id", "created", "clock", "large")

LARGE = " data-large"  # the attribute of a message of one to three emoji


messages = HTMLCache(settings.CHAT_RENDERED_CHARACTERS)


class Look(NamedTuple):
    """The parts of a user and their profile that are in a message's HTML."""

    username: str
    display_name: str
    color: str
    avatar: str  # the small avatar's file name, or ""

    @property
    def name(self) -> str:
        """The name to show."""
        return self.display_name or self.username


class Article(str):
    """A message's HTML, with its author's id and its time as seconds since 1970, by which messages are grouped."""

    __slots__ = ("author", "created")

    author: int
    created: int


class RenderedMessage(NamedTuple):
    """A rendered message."""

    pk: int
    seq: int
    revision: int
    html: Article


class Page(list[RenderedMessage]):
    """Consecutive messages, oldest first, and the one before them, or None if there is none."""

    def __init__(self, messages: Iterable[RenderedMessage], before: Article | None) -> None:
        super().__init__(messages)
        self.before = before


def look_of(user: User) -> Look:
    """Return the look of a user, whose profile should be loaded."""
    profile = user.profile
    return Look(user.username, profile.display_name, profile.color, profile.avatar_small.name or "")


def html_of(message: Message) -> Article:
    """Return the HTML of a message, whose room and author's profile should be loaded."""
    look = look_of(message.author)
    key = (message.room.slug, message.pk, message.revision, *look)
    return messages.get_or_make(key, lambda: render(message, message.room.slug, look))


def page(room: Room, before: int | None = None, size: int = 0) -> Page:
    """Return a page of a room's messages before a seq (the newest by default)."""
    size = size or settings.CHAT_PAGE_SIZE
    params = (room.pk,) if before is None else (room.pk, before)
    newest_first = render_rows(_page(len(params), size + 1).fetch(*params), room.slug)
    return Page(newest_first[size - 1 :: -1], newest_first[size].html if len(newest_first) > size else None)


@cache
def _page(params: int, size: int) -> CompiledQuery:
    def newest(room_id: int, before: int | None = None) -> QuerySet:
        messages = Message.objects.filter(room=room_id, **({} if before is None else {"seq__lt": before}))
        return messages.order_by("-seq").cache_keys()[:size]

    return CompiledQuery(newest, *placeholders(params))


def render_rows(rows: Iterable[Any], slug: str) -> list[RenderedMessage]:
    """Return the rendered messages for rows of `MessageQuerySet.cache_keys`, in the same order.

    One query loads those that aren't cached.
    """
    rows = list(rows)
    found = {row[0]: messages.get((slug, row[0], row[2], *row[3:])) for row in rows}
    missing = [pk for pk, html in found.items() if html is None]
    loaded = {message.pk: message for message in _load(missing)} if missing else {}
    rendered = (_rendered(row, found[row[0]], loaded) for row in rows)
    return [one for one in rendered if one is not None]


def _rendered(row: tuple[Any, ...], html: Article | None, loaded: dict[int, Message]) -> RenderedMessage | None:
    """Return a row's rendered message, or None if it was deleted between the two queries."""
    if html is not None:
        return RenderedMessage(row[0], row[1], row[2], html)
    if message := loaded.get(row[0]):
        return RenderedMessage(message.pk, message.seq, message.revision, html_of(message))
    return None


def _load(pks: Iterable[int]) -> Iterable[Message]:
    return Message.objects.for_display().filter(pk__in=pks)


def render(message: Message, slug: str, look: Look) -> Article:
    """Return a message's HTML, uncached, in `LANGUAGE_CODE`."""
    skeleton = _skeleton(slug, look, message.edited_at is not None, message.deleted_at is not None)
    article = Article(skeleton.fill(_values(message)))
    article.author, article.created = message.author_id, int(message.created_at.timestamp())
    return article


def _values(message: Message) -> dict[str, str]:
    created = message.created_at
    return {
        "pk": str(message.pk),
        "seq": str(message.seq),
        "revision": str(message.revision),
        "author": str(message.author_id),
        "client_id": str(message.client_id),
        "created": created.isoformat(timespec="seconds"),
        "clock": f"{created:%H:%M}",
        "large": LARGE if markdown.is_emoji(message.body) else "",
        "body": message.body_html,
    }


def render_outgoing(slug: str, look: Look, author_id: int) -> str:
    """Return the HTML of an unsent message, for the browser to fill in."""
    context = _context(slug, look) | {"pk": "None", "author": author_id, "url": ""}
    with translation.override(settings.LANGUAGE_CODE):
        return loader.render_to_string("a_rtchat/_message.html", context)


@cached(maxsize=5_000)
def _skeleton(slug: str, look: Look, is_edited: bool, is_deleted: bool) -> Skeleton:
    """Return the HTML shared by an author's messages in a room, with gaps for what differs."""
    url = mark_safe(f"{room_url(slug)}messages/{gap('seq')}/")  # noqa: S308  (a slug needs no escaping)
    context = _context(slug, look) | gaps(MESSAGE_GAPS) | {"body_html": gap("body"), "url": url}
    with translation.override(settings.LANGUAGE_CODE):
        return Skeleton("a_rtchat/_message.html", context | {"is_edited": is_edited, "is_deleted": is_deleted})


def _context(slug: str, look: Look) -> dict[str, Any]:
    url = reverse("profile", args=[look.username])
    return {"color": look.color, "name": look.name, "author_url": url, "avatar": avatar(look)}


@cached(maxsize=5_000)
def avatar(look: Look) -> SafeString:
    """Return the HTML of a small avatar, which shows initials if there is no picture."""
    profile = Profile(user=User(username=look.username), display_name=look.display_name, color=look.color)
    profile.avatar_small = look.avatar
    return mark_safe(loader.render_to_string("_avatar.html", {"profile": profile}))  # noqa: S308  (a template's)


@lru_cache(maxsize=5_000)
def room_url(slug: str) -> str:
    """Return a room's URL."""
    return reverse("room", args=[slug])
