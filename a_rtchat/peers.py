"""The other people of a direct room, and whether a member can write to them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from a_live.compiled import CompiledQuery, placeholders
from a_rtchat.models import Block, Membership, Room

BLOCKED = _("You've blocked this person. Unblock them to send messages.")
GONE = _("This account is deactivated. You can still read the conversation.")
UNREACHABLE = _("You can't send messages to this person.")
NOT_ACCEPTING = _("@%(username)s isn't accepting direct messages.")  # a block or their setting: one reason
SILENCES = {"blocked": BLOCKED, "gone": GONE}  # what stands in place of the composer


class Other(NamedTuple):
    """Another member of a direct room: who they are, and who blocks whom."""

    pk: int
    handle: str
    is_active: bool
    is_blocked: bool  # by the member who asks
    is_blocker: bool


def others_in(membership: Membership) -> list[Other]:
    """Return the other members of a direct room, in one query."""
    return [Other(*row) for row in _others().fetch(membership.room_id, membership.user_id)]


@cache
def _others() -> CompiledQuery:
    def others(room_id: int, user_id: int) -> QuerySet:
        found = Membership.objects.filter(room=room_id).exclude(user=user_id).order_by("pk")
        blocked = Exists(Block.objects.filter(blocker=user_id, blocked=OuterRef("user")))
        blocker = Exists(Block.objects.filter(blocker=OuterRef("user"), blocked=user_id))
        return found.values_list("user_id", "user__username", "user__is_active", blocked, blocker)

    return CompiledQuery(others, *placeholders(2))


def silence_of(others: list[Other]) -> str:
    """Return why the page of a direct room has no composer: "blocked", "gone", or "" if it has one.

    Nobody learns from it that they are blocked. In a group, it is enough that one of the others is there.
    """
    if not others or any(other.is_active for other in others[1:]):
        return ""
    if len(others) == 1 and others[0].is_blocked:
        return "blocked"
    return "" if others[0].is_active else "gone"


def require_reachable(membership: Membership) -> None:
    """Raise ValidationError if a member can't write in a direct room: to someone deactivated, or with a block."""
    if membership.room.kind != Room.Kind.DIRECT:
        return
    others = others_in(membership)
    if reason := {"blocked": BLOCKED, "gone": UNREACHABLE}.get(silence_of(others)):
        raise ValidationError(reason, code="blocked")
    if len(others) == 1 and others[0].is_blocker:
        raise not_accepting(others[0].handle)


def not_accepting(username: str) -> ValidationError:
    """Return the refusal of messages to someone, which doesn't tell whether they block anyone."""
    return ValidationError(NOT_ACCEPTING, code="blocked", params={"username": username})
