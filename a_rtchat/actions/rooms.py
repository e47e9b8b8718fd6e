"""Creating, changing and deleting rooms."""

from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from a_rtchat import broadcasts
from a_rtchat.actions.invited import tell_invited
from a_rtchat.actions.log import record
from a_rtchat.actions.members import admit
from a_rtchat.models import Membership, Room
from a_users.models import User

SLUG_TRIES = 5  # a random slug collides about once in a million rooms of the same name


def create_room(
    user: User,
    name: str,
    kind: str = Room.Kind.OPEN,
    *,
    description: str = "",
    icon: str = "",
    picture: ContentFile | None = None,
) -> Membership:
    """Create a room and return its creator's membership as owner."""
    with transaction.atomic():
        room = _insert(name=name, kind=kind, description=description, icon=icon)
        if picture is not None:
            room.picture = picture
            room.save(update_fields=["picture"])
        return admit(room, user, Membership.Role.OWNER)


def _insert(name: str, **details: str) -> Room:
    """Store a room under a slug that is free."""
    for tries_left in reversed(range(SLUG_TRIES)):
        try:
            with transaction.atomic():
                return Room.objects.create(name=name, slug=Room.new_slug(name), **details)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def change_room(room: Room, **details: Any) -> None:
    """Change a room's `name`, `description`, `icon` or `picture` and announce it; its slug stays."""
    for name, value in details.items():
        setattr(room, name, value)
    record_details(room, *details)


def record_details(room: Room, *names: str) -> None:
    """Save the named fields of a room under its next revision, and announce them after the commit."""
    with transaction.atomic():
        room.details_revision = Room.objects.take_access_revision(room.pk)
        room.save(update_fields=["details_revision", *names])
        tell_invited(room.invites.all())  # its name is in their lists, and they vanish while it is archived
        transaction.on_commit(partial(broadcasts.room_changed, room, room.details_revision))


def delete_room(room: Room, actor: User | None = None) -> None:
    """Delete a room with everything in it, and close its sockets in every process; administrators can read who did."""
    with transaction.atomic():
        topic, members = room.topic, list(room.memberships.active().values_list("user_id", flat=True))
        room_id = room.pk
        tell_invited(room.invites.all())
        room.delete()
        record(None, actor, "destroy", name=str(room), slug=room.slug, members=len(members))
        transaction.on_commit(partial(broadcasts.room_deleted, topic, room_id, members))
