"""Who is meant by messages: members by name, and those whom @everyone and @here reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import ngettext

from a_live.people import AWAY
from a_rtchat import mention_marks, statuses
from a_rtchat.models import Block, Membership

EVERYONE, HERE = "everyone", "here"  # reserved usernames
MOST_UNASKED = 20  # people whom @everyone and @here reach without a question
LINK = '<a class="mention" href="{url}" data-user="{pk}">@{name}</a>'
CALL = '<span class="mention" data-all="{name}">@{name}</span>'
QUESTION = "confirm"  # the code of the refusal that asks


class Text(NamedTuple):
    """What someone writes in a room: its HTML, with marks, and whether they know how many people it reaches."""

    membership: Membership
    html: str
    is_confirmed: bool = False


class Addressed(NamedTuple):
    """A text's final HTML, whom it mentions, and how many of them only by @everyone or @here."""

    html: str
    users: frozenset[int]
    reached: frozenset[int] = frozenset()


class Found(NamedTuple):
    """What has been found out about the members of a room."""

    people: dict[str, tuple[int, str]]  # id and username, by the keys of present and former usernames
    everyone: frozenset[int]
    blockers: dict[int, set[int]]  # who blocks an author


def is_question(error: ValidationError) -> bool:
    """Return whether a refusal asks its author to confirm."""
    return getattr(error, "code", "") == QUESTION


def is_marked(html: str) -> bool:
    """Return whether HTML has marks of mentions."""
    return mention_marks.OPEN in html


def address(texts: Sequence[Text]) -> list[Addressed]:
    """Return who is meant by texts in one room, in a constant number of queries; none if nothing is marked."""
    keys = {key for text in texts for key in mention_marks.keys_in(text.html)}
    found = _find(texts, keys) if keys else Found({}, frozenset(), {})
    return [_addressed(text, found) for text in texts]


def require_confirmed(text: Text, addressed: Addressed, already: Collection[int] = ()) -> None:
    """Raise ValidationError with a question if a text newly reaches many people, and its author wasn't asked."""
    count = len(addressed.reached.difference(already))
    if count > MOST_UNASKED and not text.is_confirmed:
        reason = ngettext(
            "This notifies %(count)d person. Send it anyway?", "This notifies %(count)d people. Send it anyway?", count
        )
        raise ValidationError(reason % {"count": count}, code=QUESTION)


def _find(texts: Sequence[Text], keys: set[str]) -> Found:
    callers = any(text.membership.can("mention_all") for text in texts) and keys & {EVERYONE, HERE}
    room = texts[0].membership.room_id
    members = Membership.objects.active().filter(room=room)
    people = {key: (pk, name) for pk, name, key in _named(members, keys)}
    everyone = frozenset(members.values_list("user_id", flat=True)) if callers else frozenset[int]()
    blockers: dict[int, set[int]] = {}
    if people or everyone:
        authors = {text.membership.user_id for text in texts}
        for blocker, author in Block.objects.filter(blocked__in=authors).values_list("blocker", "blocked"):
            blockers.setdefault(author, set()).add(blocker)
    return Found(people, everyone, blockers)


def _named(members: Any, keys: set[str]) -> Any:
    """Return (id, username, key) of the members who have or had a name, in one query."""
    present = members.filter(user__username_key__in=keys)
    former = members.filter(user__former_usernames__key__in=keys)
    columns = ("user_id", "user__username")
    return present.values_list(*columns, "user__username_key").union(
        former.values_list(*columns, "user__former_usernames__key")
    )


def _addressed(text: Text, found: Found) -> Addressed:
    author = text.membership.user_id
    named, called = set[int](), set[str]()
    calls = text.membership.can("mention_all")

    def link(key: str) -> str | None:
        if key in (EVERYONE, HERE):
            called.update({key} if calls else ())
            return CALL.format(name=key) if calls else None
        if key not in found.people:
            return None
        pk, name = found.people[key]
        named.add(pk)
        return LINK.format(url=reverse("person", args=[pk]), pk=pk, name=name)

    html = mention_marks.fill(text.html, link)
    reached = _reached(text, called, found) - {author}
    users = (named | reached) - {author} - found.blockers.get(author, set())
    return Addressed(html, frozenset(users), reached)


def _reached(text: Text, called: set[str], found: Found) -> frozenset[int]:
    """Return the members whom @everyone or @here reaches: with @here, those who are there and not away."""
    if EVERYONE in called or not called:
        return found.everyone if called else frozenset()
    there = statuses.present_in(text.membership.room.topic, text.membership.user_id)
    return found.everyone & {pk for pk, status in there.items() if status != AWAY}
