"""A room's settings: its details, its rules, archiving and deleting it. Each change has an entry in the log."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.locking import lock_for, lock_room
from a_rtchat.actions.log import record
from a_rtchat.actions.rooms import delete_room, record_details
from a_rtchat.models import Membership, Room
from a_users.models import User


def change_settings(membership: Membership, verb: str, **values: Any) -> Room:
    """Change fields of a room that differ, and announce them; return the room. Raises ValidationError."""
    with transaction.atomic():
        room = lock_for(membership, verb).room
        changed = {name: value for name, value in values.items() if getattr(room, name) != value}
        if changed:
            record(room, membership.user, verb, **{name: _logged(value) for name, value in changed.items()})
            _save(room, changed)
    return room


def archive_room(membership: Membership) -> Room:
    """Make a room read-only. Raises ValidationError."""
    with transaction.atomic():
        return _set_archived(lock_for(membership, "archive").room, True, membership.user)


def unarchive_room(membership: Membership) -> Room:
    """Open an archived room again. Raises ValidationError."""
    with transaction.atomic():
        return _set_archived(lock_for(membership, "unarchive").room, False, membership.user)


def set_archived_by(administrator: User, room_id: int, is_archived: bool) -> bool:
    """Archive a room or open it again for an administrator; return whether that changed it."""
    with transaction.atomic():
        room = lock_room(room_id)
        was_archived = room.archived_at is not None
        _set_archived(room, is_archived, administrator)
    return was_archived != is_archived


def _set_archived(room: Room, is_archived: bool, actor: User) -> Room:
    """Archive a locked room or open it again, unless it is so already."""
    if (room.archived_at is not None) != is_archived:
        record(room, actor, "archive" if is_archived else "unarchive")
        _save(room, {"archived_at": timezone.now() if is_archived else None})
        transaction.on_commit(partial(broadcasts.room_archived, room))
    return room


def destroy_room(membership: Membership, name: str) -> None:
    """Delete a room whose name the owner has typed. Raises ValidationError."""
    with transaction.atomic():
        room = lock_for(membership, "destroy").room
        if name.casefold() != str(room).casefold():
            raise ValidationError({"name": _("That isn't the name of this room.")}, code="name")
        delete_room(room, membership.user)


def set_default(membership: Membership, is_default: bool) -> None:
    """Set whether new users join an open room; only administrators do. Raises PermissionDenied."""
    if not membership.user.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        room = lock_room(membership.room_id)
        record(room, membership.user, "default", is_default=is_default)
        Room.objects.filter(pk=room.pk).update(is_default=is_default)


def _save(room: Room, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(room, name, value)
    record_details(room, *values)


def _logged(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) else True  # a picture
