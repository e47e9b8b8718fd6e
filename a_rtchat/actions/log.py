"""A room's log: who did what to whom, for its moderators."""

from __future__ import annotations

from typing import Any

from a_rtchat.models import LogEntry, Room
from a_users.models import User


def record(room: Room, actor: User | None, verb: str, target: User | None = None, **detail: Any) -> LogEntry:
    """Note in a room's log what a user did, within the caller's transaction; return the entry.

    `verb` is the command's name, `detail` its values as JSON can hold them. Without an actor it happened by itself.
    """
    return LogEntry.objects.create(room=room, actor=actor, verb=verb, target=target, detail=detail)
