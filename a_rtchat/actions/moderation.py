"""Roles, removing, banning, muting: what a member does to another, with an entry in the room's log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.bans import ban_member, unban_member
from a_rtchat.actions.locking import lock_for
from a_rtchat.actions.log import record
from a_rtchat.actions.members import change_role, record_change, remove_member
from a_rtchat.models import Membership, Room
from a_rtchat.permissions import FOR_GOOD, FORBIDDEN
from a_users.models import User

Role = Membership.Role


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
    """Ban someone, in the room or not, until a time or for good. Raises ValidationError."""
    with acting(actor, "ban", username, find=member_or_outsider) as pair:
        ban_member(pair.target, until, reason)
        pair.record("ban", until=until and until.isoformat(), reason=reason)


def unban(actor: Membership, username: str) -> None:
    """Lift a ban: former members are members again, and others can join. Raises ValidationError."""
    with acting(actor, "unban", username, is_banned=True) as pair:
        unban_member(pair.target)
        pair.record("unban")


def mute(actor: Membership, username: str, until: datetime | None = None) -> None:
    """Let a member only read until a time, or until someone unmutes them. Raises ValidationError."""
    with acting(actor, "mute", username) as pair:
        _set_muted(pair.target, until or FOR_GOOD)
        pair.record("mute", until=until and until.isoformat())


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


Find = Callable[[Room, User | None], Membership]


def member(room: Room, user: User | None) -> Membership:
    """Return a user's membership, also a banned one's. Raises ValidationError."""
    membership = _membership(room, user)
    if membership is None:
        raise ValidationError({"username": _("They aren't in this room.")}, code="username")
    return membership


def member_or_outsider(room: Room, user: User | None) -> Membership:
    """Return a user's membership, or for someone outside one that isn't stored. Raises ValidationError."""
    if user is None or user.deleted_at:
        raise ValidationError({"username": _("This user doesn't exist.")}, code="username")
    return _membership(room, user) or Membership(room=room, user=user, joined_at=None)


def _membership(room: Room, user: User | None) -> Membership | None:
    membership = room.memberships.filter(user=user).select_related("user__profile").first() if user else None
    if membership is not None:
        membership.room = room
    return membership


@contextmanager
def acting(
    actor: Membership, verb: str, username: str, *, is_banned: bool = False, find: Find = member
) -> Iterator[Pair]:
    """Lock a room and yield the two members as they are now, in one transaction; `find` returns the other one.

    Accounts are locked before rooms everywhere. Raises ValidationError if the actor may not do this, or not to them.
    """
    with transaction.atomic():
        user = _locked_account(username)
        actor = lock_for(actor, verb)
        pair = Pair(actor, find(actor.room, user))
        _check_target(pair, is_banned)
        yield pair


def _locked_account(username: str) -> User | None:
    """Return the account that has or had this username, which isn't deleted before the commit."""
    found = User.objects.known_as(username.removeprefix("@"))
    return found and User.objects.select_for_update(no_key=True).filter(pk=found.pk).first()


def _check_target(pair: Pair, is_banned: bool) -> None:
    """Raise ValidationError if the other one is oneself, has the same or a higher role, or is banned (or isn't)."""
    if pair.actor.pk == pair.target.pk:
        raise ValidationError(_("You can't do this to yourself."), code=FORBIDDEN)
    if not pair.actor.outranks(pair.target):
        raise ValidationError(_("You can only do this to people with a lower role than yours."), code=FORBIDDEN)
    if (pair.target.banned_at is not None) != is_banned:
        sentence = _("They aren't banned.") if is_banned else _("They're banned from this room.")
        raise ValidationError(sentence, code="banned")
