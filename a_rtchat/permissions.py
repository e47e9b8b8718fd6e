"""Who may do what in a room: one table, which docs/PERMISSIONS.md shows and test_permissions.py checks.

Acting on another member (remove, ban, mute, promote, demote) also requires to outrank them: see `Membership.outranks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from a_rtchat.models.room import Room

MEMBER, MODERATOR, OWNER = "member", "moderator", "owner"
RANKS = {MEMBER: 1, MODERATOR: 2, OWNER: 3}


class Right(NamedTuple):
    """What a verb takes: the least role, and whether it exists in direct and in archived rooms."""

    role: str
    in_direct: bool = False
    in_archived: bool = False


RIGHTS = {
    # one's own messages and list
    "post": Right(MEMBER, in_direct=True),  # a moderator in announcement rooms
    "typing": Right(MEMBER, in_direct=True),
    "edit": Right(MEMBER, in_direct=True),
    "delete": Right(MEMBER, in_direct=True),
    "report": Right(MEMBER, in_direct=True, in_archived=True),
    "read": Right(MEMBER, in_direct=True, in_archived=True),
    "unread": Right(MEMBER, in_direct=True, in_archived=True),
    "notify": Right(MEMBER, in_direct=True, in_archived=True),
    "favourite": Right(MEMBER, in_direct=True, in_archived=True),
    "hide": Right(MEMBER, in_direct=True, in_archived=True),
    "leave": Right(MEMBER, in_archived=True),
    # others' messages, members, the room
    "moderate": Right(MODERATOR),
    "invite": Right(MODERATOR),
    "answer": Right(MODERATOR),  # requests to join
    "remove": Right(MODERATOR),
    "ban": Right(MODERATOR),
    "unban": Right(MODERATOR),
    "mute": Right(MODERATOR),
    "log": Right(MODERATOR, in_archived=True),
    "resolve": Right(MODERATOR, in_archived=True),  # reports
    "describe": Right(MODERATOR),  # name, description, icon
    "rule": Right(MODERATOR),  # announcements only, slow mode, requests
    "promote": Right(OWNER),
    "demote": Right(OWNER),
    "hand_over": Right(OWNER),
    "open": Right(OWNER),  # change between open and private
    "archive": Right(OWNER, in_archived=True),
    "destroy": Right(OWNER, in_archived=True),
}


def rank(role: str) -> int:
    """Return a role as a number that can be compared."""
    return RANKS[role]


def roles_with(verb: str) -> list[str]:
    """Return the roles that have a right."""
    return [role for role in RANKS if rank(role) >= rank(RIGHTS[verb].role)]


def allows(verb: str, role: str, room: Room) -> bool:
    """Return whether a member with a role may do something in a room. Raises KeyError for an unknown verb."""
    right = RIGHTS[verb]
    if room.archived_at is not None and not right.in_archived:
        return False
    if room.kind == "direct" and not right.in_direct:
        return False
    least = MODERATOR if verb in ("post", "typing") and room.is_announcement else right.role
    return rank(role) >= rank(least)
