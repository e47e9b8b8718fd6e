"""Inviting people to a room: links, invites for one person, and using them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions import log
from a_rtchat.actions.invited import delete_invites
from a_rtchat.actions.locking import lock_account, lock_for, lock_room
from a_rtchat.actions.members import admit
from a_rtchat.guests import Guests
from a_rtchat.models import Block, Invite, Membership, Room
from a_users.models import User

PERSONAL_LIFETIME = timedelta(days=30)
KEPT_FOR = timedelta(days=30)  # so that a link that is over can say so
MOST_WAITING = 5  # unanswered invites of one inviter to one person
LIMIT = 100  # usable links of a room, so that their list stays short

GONE = _("This invite doesn't work any more.")
EXPIRED = _("This invite has expired. Ask for a new one.")
USED_UP = _("This invite has already been used as often as it could be. Ask for a new one.")
ARCHIVED = _("The room is archived, so nobody can join it.")


def create_invite(membership: Membership, role: str, lifetime: timedelta | None, uses: int | None) -> Invite:
    """Create an invite link; one that gives a role can be used once, so that nobody can pass it on.

    Raises ValidationError for a role that this member can't give, or too many links.
    """
    with transaction.atomic():
        membership = lock_for(membership, "invite")
        _check_link(membership, role)
        uses = uses if role == Membership.Role.MEMBER else 1
        return _create_link(membership, role, lifetime, uses)


def _check_link(membership: Membership, role: str) -> None:
    room = membership.room
    if role != Membership.Role.MEMBER and not membership.can("promote"):
        raise ValidationError({"role": _("Only an owner can invite moderators.")}, code="role")
    _delete_old(room)
    if room.invites.links().usable().count() >= LIMIT:
        raise ValidationError(_("This room has %(limit)d invite links. Revoke some first.") % {"limit": LIMIT})


def _create_link(membership: Membership, role: str, lifetime: timedelta | None, uses: int | None) -> Invite:
    room, expires_at = membership.room, timezone.now() + lifetime if lifetime else None
    invite = Invite.objects.create(room=room, creator=membership.user, role=role, expires_at=expires_at, uses_left=uses)
    log.record(room, membership.user, "invite", role=role, uses=uses, expires=expires_at and expires_at.isoformat())
    return invite


def invite_people(membership: Membership, guests: Guests) -> list[Invite]:
    """Create invites for one person each; users see theirs in their list of rooms.

    Someone who blocks the inviter gets one that they never see, so the inviter learns nothing. An invite replaces an
    earlier one to the same person. Raises ValidationError if somebody has too many from this inviter.
    """
    users = guests.users
    blockers = _blockers_of(membership.user)
    with transaction.atomic():
        membership = lock_for(membership, "invite")  # so that two who invite the same person leave one invite
        room = membership.room
        _require_few(membership, users)
        room.invites.filter(user__in=users).delete()
        room.invites.filter(email__in=guests.addresses).delete()
        invites = [_personal(membership, user=user) for user in users]
        invites += [_personal(membership, email=address) for address in guests.addresses]
        for invite in invites:
            detail = {"email": invite.email} if invite.email else {}
            log.record(room, membership.user, "invite", invite.user, **detail)
            if invite.user and invite.user_id not in blockers:
                transaction.on_commit(partial(broadcasts.invited, invite))
    return invites


def revoke_invite(membership: Membership, pk: int) -> None:
    """Delete an invite; nothing happens if it is gone already."""
    with transaction.atomic():
        membership = lock_for(membership, "revoke")
        found = membership.room.invites.filter(pk=pk)
        invite = found.first()
        if invite is not None:
            log.record(membership.room, membership.user, "revoke", invite.user)
            delete_invites(found)


def find_invite(token: str) -> Invite:
    """Return the invite with a token, and its room. Raises Invite.DoesNotExist."""
    return Invite.objects.select_related("room", "creator__profile").get(token=token)


def check_invite(invite: Invite, user: User | None) -> Membership | None:
    """Return the membership of someone who is in the room already, or None if the invite lets them in.

    Raises ValidationError if it lets them in no more. A banned person doesn't learn why.
    """
    membership = Membership.objects.filter(room=invite.room, user=user).first() if user else None
    if membership is not None and membership.banned_at is None:
        return membership
    if membership is not None or invite.user_id not in (None, user and user.pk) or not _stands(invite):
        raise ValidationError(GONE, code="gone")
    if invite.room.archived_at:
        raise ValidationError(ARCHIVED, code="archived")
    if invite.is_expired:
        raise ValidationError(EXPIRED, code="expired")
    if invite.uses_left == 0:
        raise ValidationError(USED_UP, code="used_up")
    return None


def accept_invite(user: User, token: str) -> Membership:
    """Join a user to an invite's room, which takes one of its uses; return the membership.

    A member's membership stays as it is. Raises Invite.DoesNotExist, or ValidationError if the invite is over.
    """
    with transaction.atomic():
        lock_account(user.pk)
        lock_room(find_invite(token).room_id)  # one taker after the other
        invite = find_invite(token)
        if membership := check_invite(invite, user):
            return membership
        Invite.objects.filter(pk=invite.pk, uses_left__gt=0).update(uses_left=F("uses_left") - 1)
        membership = admit(invite.room, user, _role_of(invite))
        log.record(invite.room, user, "accept", invite.creator)
        return membership


def decline_invite(user: User, token: str) -> None:
    """Delete a user's own invite; nothing happens if it is gone already."""
    with transaction.atomic():
        delete_invites(Invite.objects.filter(token=token, user=user))


def _personal(membership: Membership, **whom: object) -> Invite:
    expires_at = timezone.now() + PERSONAL_LIFETIME
    values = {"room": membership.room, "creator": membership.user, "expires_at": expires_at, "uses_left": 1}
    return Invite.objects.create(**values, **whom)


def _require_few(membership: Membership, users: Sequence[User]) -> None:
    """Raise ValidationError if a member's invites would bury those of others in somebody's list."""
    waiting = Invite.objects.usable().filter(creator=membership.user, user__in=users).exclude(room=membership.room)
    crowded = waiting.values("user").annotate(count=Count("pk")).filter(count__gte=MOST_WAITING)
    if names := list(User.objects.filter(pk__in=crowded.values("user")).values_list("username", flat=True)):
        reason = _("%(names)s already has several invites from you. Wait for an answer.") % {"names": ", ".join(names)}
        raise ValidationError({"people": reason}, code="invites")


def _blockers_of(user: User) -> set[int]:
    return set(Block.objects.filter(blocked=user).values_list("blocker", flat=True))


def _stands(invite: Invite) -> bool:
    return Invite.objects.filter(pk=invite.pk).standing().exists()


def _role_of(invite: Invite) -> str:
    """Return the role that an invite gives: no more than a member's if its creator is an owner no longer."""
    if invite.role == Membership.Role.MEMBER or invite.creator is None:
        return invite.role
    creator = Membership.objects.active().filter(room=invite.room, user=invite.creator).first()
    is_owner = creator is not None and creator.role == Membership.Role.OWNER
    return invite.role if is_owner else Membership.Role.MEMBER


def _delete_old(room: Room) -> None:
    """Delete the invites that have been over for long."""
    since = timezone.now() - KEPT_FOR
    room.invites.filter(expires_at__lt=since).delete()
    room.invites.filter(uses_left=0, created_at__lt=since).delete()
