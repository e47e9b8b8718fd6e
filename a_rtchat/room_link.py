"""A room in a user's list, as HTML that is rendered once and filled in for each reader."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from a_live.people import OFFLINE
from a_rtchat import icons, rendered
from a_rtchat.models import Membership
from a_rtchat.rendered import Look
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_rtchat.statuses import label_of

MOST_SHOWN = 99  # unread messages that a badge counts
NUMBERS = ("membership", "last_seq", "read_seq", "read_revision", "mentions_at", "active")
BADGES = ("mentions", "mention_badge", "badge")
GAPS = (*NUMBERS, *BADGES, "favourite", "notify", "snoozed", "presence", "presence_label")


class Peer(NamedTuple):
    """Another member of a direct room."""

    pk: int
    look: Look

    @property
    def name(self) -> str:
        """The name to show."""
        return self.look.name

    @property
    def handle(self) -> str:
        """Their username."""
        return self.look.username

    @property
    def avatar(self) -> SafeString:
        """The small avatar."""
        return rendered.avatar(self.look)


def named_of(people: tuple[Peer, ...]) -> tuple[Peer, ...]:
    """Return the people whom the title of a direct room names: all of three, else the first two."""
    return people if len(people) <= 3 else people[:2]


def title_of(people: tuple[Peer, ...]) -> str:
    """Return the title of a direct room with these people, such as "Ann, Bob and 2 more", in the active language."""
    names = ", ".join(one.name for one in named_of(people))
    more = len(people) - len(named_of(people))
    return f"{names} {gettext('and {count} more').format(count=more)}" if more else names


class RoomLink(NamedTuple):
    """A room in a user's list."""

    user_id: int
    membership: int
    pk: int
    kind: str
    slug: str
    title: str
    icon: str
    picture: str
    archived_at: datetime | None
    last_seq: int
    read_seq: int
    read_revision: int
    mentions: str | None  # the seqs of the unread ones
    mentions_at: int  # the room's revision
    is_favourite: bool
    notify: str
    snoozed_until: datetime | None
    active_at: datetime  # of the newest post, or of its creation
    people: tuple[Peer, ...] = ()  # the others in a direct room

    @property
    def peer(self) -> int | None:
        """The id of the other person in a direct room of two."""
        return self.people[0].pk if len(self.people) == 1 else None

    @property
    def handle(self) -> str:
        """Their username, which nobody can copy."""
        return self.people[0].handle if len(self.people) == 1 else ""

    @property
    def heading(self) -> SafeString | str:
        """The title on the room's page; of several people, each name can change by itself."""
        return _names(get_language(), self.people) if len(self.people) > 1 else self.title

    @property
    def url(self) -> str:
        """The URL of its page."""
        return reverse("room", args=[self.slug])

    @property
    def icon_html(self) -> SafeString:
        """Its icon."""
        return icons.icon_in(self.kind, self.slug, self.icon, self.picture)

    @property
    def unread(self) -> int:
        """The number of unread messages."""
        return max(0, self.last_seq - self.read_seq)

    @property
    def mention_count(self) -> int:
        """The number of unread mentions, as far as they are listed."""
        return len((self.mentions or "").split())

    @property
    def loudness(self) -> int:
        """What the room adds to the number in the page's title: unread messages, or mentions where those are quiet."""
        return self.mention_count if self.is_quiet else self.unread

    @property
    def is_snoozed(self) -> bool:
        """Whether the room notifies of nothing until tomorrow."""
        return self.snoozed_until is not None and self.snoozed_until > timezone.now()

    @property
    def is_quiet(self) -> bool:
        """Whether its unread messages are a dot, not a number."""
        return self.notify != Membership.Notify.ALL or self.is_snoozed or self.archived_at is not None

    def html(self, language: str, status: str = OFFLINE) -> str:
        """Return the link's HTML in the active language, with the status of the other person of a direct room."""
        icon = (self.icon, self.picture)
        room = (self.pk, self.kind, self.slug, self.title, *icon, self.archived_at is not None, self.people)
        return _skeleton(language, *room).fill(self._values(language, status))

    def _values(self, language: str, status: str) -> dict[str, str]:
        return {
            "presence": status,
            "presence_label": label_of(language, status),
            "membership": str(self.membership),
            "last_seq": str(self.last_seq),
            "read_seq": str(self.read_seq),
            "read_revision": str(self.read_revision),
            "mentions": self.mentions or "",
            "mentions_at": str(self.mentions_at),
            "mention_badge": mention_badge(language, self.mention_count),
            "favourite": " data-favourite" if self.is_favourite else "",
            "notify": self.notify,
            "snoozed": str(int(self.snoozed_until.timestamp())) if self.snoozed_until else "",
            "active": str(int(self.active_at.timestamp())),
            "badge": badge(language, self.unread, self.is_quiet),
        }


@lru_cache(1_000)
def mention_badge(language: str, count: int) -> str:
    """Return the HTML of a number of unread mentions, in the active language: nothing for 0."""
    if not count:
        return ""
    label = escape(ngettext("%(count)s mention", "%(count)s mentions", count) % {"count": capped(count)})
    return f'<span class="mentioned" role="img" aria-label="{label}">@{capped(count)}</span>'


def capped(number: int) -> str:
    """Return a number as a badge shows it."""
    return str(number) if number <= MOST_SHOWN else f"{MOST_SHOWN}+"


def badge(language: str, unread: int, is_quiet: bool = False) -> str:
    """Return the HTML of a number of unread messages, in the active language: nothing for 0, a dot if it is quiet."""
    return _badge(language, min(unread, MOST_SHOWN + 1), is_quiet) if unread else ""


@lru_cache(1_000)
def _badge(language: str, unread: int, is_quiet: bool) -> str:
    text = "" if is_quiet else capped(unread)
    label = escape(f"{text} {gettext('unread')}".strip())
    quiet = " data-quiet" if is_quiet else ""
    return f'<span class="badge" role="img" aria-label="{label}"{quiet}>{text}</span>'


@cached(maxsize=20_000)
def _skeleton(
    language: str,
    pk: int,
    kind: str,
    slug: str,
    title: str,
    emoji: str,
    picture: str,
    is_archived: bool,
    people: tuple[Peer, ...],
) -> Skeleton:
    icon = icons.icon_in(kind, slug, emoji, picture)
    room = {"pk": pk, "kind": kind, "slug": slug, "title": title, "icon": icon, "is_archived": is_archived}
    context = {"room": room, "people": people, "peer": people[0] if len(people) == 1 else None, **gaps(GAPS)}
    return Skeleton("a_rtchat/_room_link.html", context | _named(people))


def _named(people: tuple[Peer, ...]) -> dict[str, object]:
    named = named_of(people)
    return {"named": named, "more": len(people) - len(named), "faces": named[:2]}


@cached(maxsize=5_000)
def _names(language: str, people: tuple[Peer, ...]) -> SafeString:
    return mark_safe(render_to_string("a_rtchat/_room_people.html", _named(people)))  # noqa: S308  (a template's)
