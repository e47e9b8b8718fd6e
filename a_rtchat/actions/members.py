"""Joining, leaving, admitting, removing, roles. Each change is recorded in the room's log."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.invited import tell_invitees_of
from a_rtchat.actions.locking import lock_account, lock_for, lock_room
from a_rtchat.actions.returning import note_left, values_for
from a_rtchat.models import Departure, Invite, JoinRequest, Membership, Message, Room
from a_rtchat.models.room import LEFT
from a_users.models import User

LAST_OWNER = _("You're the only owner. Hand the room over to someone or archive it, then you can leave.")


def join_room(user: User, slug: str) -> Membership:
    """Join a user to an open room and return the membership, unchanged if they are already a member.

    Raises Room.DoesNotExist if there is no such room that the user can join.
    """
    rooms = Room.objects.visible_to(user).filter(kind=Room.Kind.OPEN)
    room = rooms.get(slug=slug)
    with transaction.atomic():
        lock_account(user.pk)
        lock_room(room.pk)
        return admit(rooms.get(pk=room.pk), user)  # unless it was closed or archived, or they were banned, meanwhile


def join_default_rooms(user: User) -> None:
    """Join a user to the default rooms."""
    for room in Room.objects.filter(is_default=True, kind=Room.Kind.OPEN, archived_at=None):
        with suppress(Room.DoesNotExist):  # closed or archived meanwhile
            join_room(user, room.slug)


def admit(room: Room, user: User, role: str = Membership.Role.MEMBER, *, is_hidden: bool = False) -> Membership:
    """Add a user to a room, with nothing unread; return the membership, unchanged if they are already a member.

    A hidden room isn't in their list before its next message. Who locks the room before must lock the account before
    that. Raises ValidationError if it has been deleted.
    """
    if membership := Membership.objects.filter(room=room, user=user).first():
        return membership
    with transaction.atomic():
        lock_account(user.pk)
        revision, last_seq = Room.objects.take_revision_and_seq(room.pk)  # locks the room
        values = {**values_for(room, user, role), "revision": revision, "last_read_seq": last_seq}
        values["hidden_seq"] = last_seq if is_hidden else None
        membership, created = Membership.objects.get_or_create(room=room, user=user, defaults=values)
        if created:
            _announce_joined(membership)
        else:
            transaction.set_rollback(True)
    return membership


def leave_room(membership: Membership) -> None:
    """Remove a member who leaves. Raises ValidationError for a direct room of two, and for the last owner."""
    if membership.room.kind == Room.Kind.DIRECT and not membership.room.is_group:
        raise ValidationError(_("You can't leave a direct message."), code="direct")
    with transaction.atomic():
        lock_room(membership.room_id)  # the other one of two last owners waits here
        if Membership.objects.filter(pk=membership.pk).exists():  # unless they left in another tab
            _leave(lock_for(membership, "leave"))


def _leave(membership: Membership) -> None:
    if membership.room.archived_at is None and _is_last_owner(membership):
        raise ValidationError(LAST_OWNER, code="last_owner")
    remove_member(membership, was_removed=False)


def leave_every_room(user: User) -> None:
    """Remove a user from all rooms except direct ones, where the other person stays.

    A room without an owner passes to a moderator or a member who has posted in it.
    """
    memberships = Membership.objects.filter(user=user).exclude(room__kind=Room.Kind.DIRECT)
    for membership in memberships.select_related("room").order_by("room_id"):
        with transaction.atomic():
            gone = remove_member(membership, was_removed=False)
            if gone and gone.role == Membership.Role.OWNER:
                _find_owner(gone.room)


def remove_member(membership: Membership, *, was_removed: bool = True) -> Membership | None:
    """Remove a member from a room, who can rejoin an open one; return them as they were, or None if they had gone."""
    with transaction.atomic():
        lock_room(membership.room_id)
        current = Membership.objects.filter(pk=membership.pk).select_related("room").first()
        if current is not None:
            Membership.objects.filter(pk=current.pk).delete()
            record_left(current, was_removed)
    return current


def change_role(membership: Membership, role: str) -> None:
    """Change a member's role."""
    membership.role = role
    record_change(membership, "role")
    tell_invitees_of(membership)


def record_joined(membership: Membership) -> None:
    """Record a membership created in the admin in the room's log, with nothing unread."""
    with transaction.atomic():
        membership.revision, membership.last_read_seq = Room.objects.take_revision_and_seq(membership.room_id)
        membership.save(update_fields=["last_read_seq", "revision"])
        _announce_joined(membership)


def record_change(membership: Membership, *names: str) -> None:
    """Save the named fields of a membership under the room's next revision, and announce them after the commit."""
    with transaction.atomic():
        membership.revision = Room.objects.take_access_revision(membership.room_id)
        membership.save(update_fields=["revision", *names])
        _announce(membership, "" if membership.banned_at else membership.role, membership.revision)
        if membership.banned_at:
            transaction.on_commit(partial(broadcasts.room_removed, membership.user_id, membership.room))


def record_left(membership: Membership, was_removed: bool = True) -> None:
    """Record a deleted membership in the room's log."""
    with transaction.atomic():
        revision = Room.objects.take_access_revision(membership.room_id)
        note_left(membership, revision, was_removed)
        if membership.room.is_group:
            _detach(membership.room)
        _announce(membership, "", revision)
        tell_invitees_of(membership)
        transaction.on_commit(partial(broadcasts.room_removed, membership.user_id, membership.room))


def _detach(room: Room) -> None:
    """Give up the key of a group that somebody has left, so that opening it again doesn't bring them back."""
    Room.objects.filter(pk=room.pk).update(direct_key=f"{LEFT}{room.pk}")
    for membership in room.memberships.active().select_related("room"):  # its title names one less
        transaction.on_commit(partial(broadcasts.room_listed, membership))


def record_profile(user_id: int) -> None:
    """Record a user's new profile in the logs of all their rooms, in a constant number of queries."""
    with transaction.atomic():
        memberships = Membership.objects.filter(user=user_id, banned_at=None)
        taken = Room.objects.take_revisions(list(memberships.values_list("room_id", flat=True)))
        counter = Room.objects.filter(pk=OuterRef("room_id")).values("revision")
        memberships.filter(room__in=taken).update(revision=Subquery(counter))
        transaction.on_commit(partial(broadcasts.profile_changed, user_id, taken))


def count_requests(room: Room) -> None:
    """Store how many requests to join a room are open, and tell its moderators; the room must be locked."""
    room.open_requests = room.requests.open().count()
    Room.objects.filter(pk=room.pk).update(open_requests=room.open_requests)
    transaction.on_commit(partial(broadcasts.requests_changed, room))


def settle_request(room: Room, user_id: int) -> None:
    """Count a room's requests again after one was answered or withdrawn, and tell it to those concerned."""
    count_requests(room)
    transaction.on_commit(partial(broadcasts.request_settled, room, user_id))


def _announce_joined(membership: Membership) -> None:
    Departure.objects.filter(room=membership.room, user=membership.user_id).delete()
    end_ways_in(membership)
    _announce(membership, membership.role, membership.revision)
    transaction.on_commit(partial(broadcasts.room_added, membership))


def end_ways_in(membership: Membership) -> None:
    """Delete the invites for someone and their request to join; the room must be locked."""
    ways = {"room": membership.room, "user": membership.user_id}
    if Invite.objects.filter(**ways).delete()[0]:
        transaction.on_commit(partial(broadcasts.invitations_changed, [membership.user_id]))
    if JoinRequest.objects.filter(**ways).delete()[0]:
        settle_request(membership.room, membership.user_id)


def _announce(membership: Membership, role: str, revision: int) -> None:
    transaction.on_commit(partial(broadcasts.member_changed, membership.room, membership.user_id, role, revision))


def _is_last_owner(membership: Membership) -> bool:
    """Return whether a room with other members would have no owner without this one."""
    active = membership.room.memberships.active()
    owners = set(active.filter(role=Membership.Role.OWNER).values_list("pk", flat=True))
    return owners == {membership.pk} and active.exclude(pk=membership.pk).exists()


def _find_owner(room: Room) -> None:
    """Make a moderator, or else the longest-standing member who has posted, the owner if the room has none.

    Nobody who has merely joined answers for a room: without an heir it has no owner, until an administrator names one.
    """
    active = room.memberships.active().order_by(F("joined_at").asc(nulls_last=True), "pk")
    if not active.filter(role=Membership.Role.OWNER).exists():
        has_posted = Exists(Message.objects.filter(room=room, author=OuterRef("user")))
        if heir := active.filter(role=Membership.Role.MODERATOR).first() or active.filter(has_posted).first():
            change_role(heir, Membership.Role.OWNER)
