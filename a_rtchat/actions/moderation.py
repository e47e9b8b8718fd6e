"""Roles, removing, banning, muting: what a member does to another, with an entry in the room's log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.locking import lock_for, lock_room
from a_rtchat.actions.log import record
from a_rtchat.actions.members import ban_member, change_role, record_change, remove_member, unban_member
from a_rtchat.models import Membership, Room
from a_rtchat.permissions import FORBIDDEN
from a_users.models import User

Role = Membership.Role
SWEEP_BATCH = 100  # bans lifted in one round


class Pair(NamedTuple):
    """A member who acts on another, both as they are under the room's lock."""

    actor: Membership
    target: Membership

    def record(self, verb: str, **detail: object) -> None:
        """Note in the room's log what the actor did to the other."""
        record(self.target.room, self.actor.user, verb, self.target.user, **detail)


def promote(actor: Membership, username: str, role: str = Role.MODERATOR) -> None:
    """Give a member a higher role. Raises ValidationError."""
    with acting(actor, "promote", username) as pair:
        if pair.target.role == role:
            raise ValidationError(_("They have this role already."), code="role")
        change_role(pair.target, role)
        pair.record("promote", role=role)


def demote(actor: Membership, username: str) -> None:
    """Make a moderator an ordinary member. Raises ValidationError."""
    with acting(actor, "demote", username) as pair:
        if pair.target.role == Role.MEMBER:
            raise ValidationError(_("They have this role already."), code="role")
        change_role(pair.target, Role.MEMBER)
        pair.record("demote")


def hand_over(actor: Membership, username: str) -> None:
    """Make a member the owner in one's own place; the actor stays as a moderator. Raises ValidationError."""
    with acting(actor, "hand_over", username) as pair:
        change_role(pair.target, Role.OWNER)
        change_role(pair.actor, Role.MODERATOR)
        pair.record("hand_over")


def remove(actor: Membership, username: str) -> None:
    """Remove a member, who can rejoin an open room. Raises ValidationError."""
    with acting(actor, "remove", username) as pair:
        remove_member(pair.target)
        pair.record("remove")


def ban(actor: Membership, username: str, until: datetime | None = None, reason: str = "") -> None:
    """Ban a member until a time, or for good. Raises ValidationError."""
    with acting(actor, "ban", username) as pair:
        ban_member(pair.target, until, reason)
        pair.record("ban", until=until and until.isoformat(), reason=reason)


def unban(actor: Membership, username: str) -> None:
    """Lift a ban: the user is a member again. Raises ValidationError."""
    with acting(actor, "unban", username, is_banned=True) as pair:
        unban_member(pair.target)
        pair.record("unban")


def mute(actor: Membership, username: str, until: datetime) -> None:
    """Let a member only read until a time. Raises ValidationError."""
    with acting(actor, "mute", username) as pair:
        _set_muted(pair.target, until)
        pair.record("mute", until=until.isoformat())


def unmute(actor: Membership, username: str) -> None:
    """Let a muted member write again. Raises ValidationError."""
    with acting(actor, "unmute", username) as pair:
        if pair.target.muted_until is None:
            raise ValidationError(_("They aren't muted."), code="unmute")
        _set_muted(pair.target, None)
        pair.record("unmute")


def _set_muted(membership: Membership, until: datetime | None) -> None:
    membership.muted_until = until
    record_change(membership, "muted_until")
    transaction.on_commit(partial(broadcasts.muted, membership))


@contextmanager
def acting(actor: Membership, verb: str, username: str, is_banned: bool = False) -> Iterator[Pair]:
    """Lock a room and yield the two members as they are now, in one transaction.

    Accounts are locked before rooms everywhere. Raises ValidationError if the actor may not do this, or not to them.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(username=username).first()
        actor = lock_for(actor, verb)
        pair = Pair(actor, _member(actor.room, user))
        _check_target(pair, is_banned)
        yield pair


def _member(room: Room, user: User | None) -> Membership:
    """Return a user's membership, also a banned one's. Raises ValidationError."""
    membership = room.memberships.filter(user=user).select_related("user__profile").first() if user else None
    if membership is None:
        raise ValidationError({"username": _("They aren't in this room.")}, code="username")
    membership.room = room
    return membership


def _check_target(pair: Pair, is_banned: bool) -> None:
    """Raise ValidationError if the other one is oneself, has the same or a higher role, or is banned (or isn't)."""
    if pair.actor.pk == pair.target.pk:
        raise ValidationError(_("You can't do this to yourself."), code=FORBIDDEN)
    if not pair.actor.outranks(pair.target):
        raise ValidationError(_("You can only do this to people with a lower role than yours."), code=FORBIDDEN)
    if (pair.target.banned_at is not None) != is_banned:
        sentence = _("They aren't banned.") if is_banned else _("They're banned from this room.")
        raise ValidationError(sentence, code="banned")


def lift_expired_bans() -> int:
    """Lift the bans that have ended, with an entry in the log; return their number.

    The door asks only whether someone is banned: this runs every few seconds (a_rtchat/housekeeping.py).
    """
    expired = Membership.objects.filter(banned_until__lte=timezone.now()).values_list("pk", "room_id")
    due = list(expired[:SWEEP_BATCH])
    return sum(_lift(pk, room_id) for pk, room_id in due)


def _lift(pk: int, room_id: int) -> bool:
    """Lift a ban unless another process has just done so."""
    with transaction.atomic():
        room = lock_room(room_id)
        expired = Membership.objects.filter(pk=pk, banned_until__lte=timezone.now())
        membership = expired.select_related("user__profile").first()
        if membership is None:
            return False
        membership.room = room
        unban_member(membership)
        record(room, None, "unban", membership.user)
    return True
