"""What someone finds again who returns to a room.

A mute and slow mode go on, and a role doesn't come back. Only who left by themselves owns an abandoned room.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from a_rtchat.models import Departure, Membership, Room
from a_users.models import User

Role = Membership.Role


def note_left(membership: Membership, revision: int, was_removed: bool) -> None:
    """Keep of a membership that ends what must not end with it."""
    kept = {"muted_until": membership.muted_until, "posted_at": membership.posted_at, "was_removed": was_removed}
    Departure.objects.update_or_create(
        room_id=membership.room_id, user_id=membership.user_id, defaults={"revision": revision, **kept}
    )


def values_for(room: Room, user: User, role: str) -> dict[str, Any]:
    """Return the role of someone who enters a room, which must be locked, and what has stayed since they left."""
    departure = room.departures.filter(user=user).first()
    if departure is None:
        return {"role": role}
    role = Role.OWNER if _inherits(departure) else Role.MEMBER
    return {"role": role, "muted_until": departure.muted_until, "posted_at": departure.posted_at}


def _inherits(departure: Departure) -> bool:
    """Return whether someone returns to an abandoned room that they left by themselves and have posted in."""
    room = departure.room
    inside = Q(banned_at=None, user__is_active=True) | Q(role=Role.OWNER)
    if departure.was_removed or room.memberships.filter(inside).exists():
        return False
    return room.messages.filter(author=departure.user_id).exists()
