"""A room's log: who did what to whom, for its moderators."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from a_rtchat.models import LogEntry, Membership, Room
from a_users.models import User


def record(room: Room | None, actor: User | None, verb: str, target: User | None = None, **detail: Any) -> LogEntry:
    """Note in a room's log what a user did, within the caller's transaction; return the entry.

    `verb` is the command's name, `detail` its values as JSON can hold them. Without an actor it happened by itself,
    without a room only administrators read it.
    """
    return LogEntry.objects.create(room=room, actor=actor, verb=verb, target=target, detail=detail)


def record_in_rooms_of(users: Collection[User], actor: User | None, verb: str) -> None:
    """Note what an administrator did to users in the logs of all their rooms that have readers, in two queries."""
    theirs = Membership.objects.filter(user__in=users, banned_at=None).exclude(room__kind=Room.Kind.DIRECT)
    pairs = theirs.order_by("room_id").values_list("room_id", "user_id")
    LogEntry.objects.bulk_create(LogEntry(room_id=room, actor=actor, verb=verb, target_id=user) for room, user in pairs)
