"""Locking a room, and what its members may do as of then."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_rtchat.models import Membership, Room
from a_rtchat.permissions import FORBIDDEN
from a_users.models import User


def lock_account(user_id: int) -> None:
    """Hold an account until the commit, so that nothing follows its deletion; before any room.

    Raises ValidationError if it has been deleted.
    """
    if not User.objects.select_for_update(no_key=True).filter(pk=user_id, deleted_at=None).values_list("pk"):
        raise ValidationError(_("This user doesn't exist."), code="gone")


def lock_room(room_id: int) -> Room:
    """Return a room as it is now, whose roles and rules nobody else changes before the commit."""
    return Room.objects.select_for_update(no_key=True).get(pk=room_id)


def lock_for(membership: Membership, verb: str) -> Membership:
    """Lock a member's room, and return them as they are now.

    Raises ValidationError if they are no longer in the room, or may not do something there.
    """
    room = lock_room(membership.room_id)
    current = Membership.objects.active().filter(pk=membership.pk).select_related("user__profile").first()
    if current is not None:
        current.room = room
    return still(current, verb)


def still(current: Membership | None, verb: str) -> Membership:
    """Return a member who was read again under the lock of the room. Raises ValidationError as `lock_for` does."""
    if current is None:
        raise ValidationError(_("You're no longer in this room."), code=FORBIDDEN)
    current.require(verb)
    return current
