"""Who may do what in a room: one table, which docs/PERMISSIONS.md shows and test_permissions.py checks.

Acting on another member also requires to outrank them: see `Membership.outranks`. Whether a message is one's own is for
`Membership.can_edit` and `can_delete`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from a_rtchat.models.membership import Membership
    from a_rtchat.models.room import Room

MEMBER, MODERATOR, OWNER = "member", "moderator", "owner"
RANKS = {MEMBER: 1, MODERATOR: 2, OWNER: 3}
FORBIDDEN = "forbidden"  # the code of a refusal by this table
WRITING = {"post", "edit"}  # what a muted member may not do, and in announcement rooms only moderators
FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)  # the end of a mute without one
LEAST = {MODERATOR: _("Only moderators can do this."), OWNER: _("Only owners can do this.")}


class Rules(NamedTuple):
    """What of a room the table depends on, for those who have no Room at hand."""

    kind: str
    is_announcement: bool
    archived_at: datetime | None


class Right(NamedTuple):
    """A verb in words, the least role that it takes, and whether it exists in direct and in archived rooms."""

    words: str
    role: str
    in_direct: bool = False
    in_archived: bool = False


RIGHTS = {
    # one's own messages and list
    "post": Right("Post a message", MEMBER, in_direct=True),  # a moderator in announcement rooms
    "mention_all": Right("Mention @everyone and @here", MODERATOR, in_direct=True),  # everyone in direct rooms
    "edit": Right("Edit one's own message", MEMBER, in_direct=True),
    "delete": Right("Delete one's own message", MEMBER, in_direct=True),
    "report": Right("Report a message", MEMBER, in_direct=True, in_archived=True),
    "read": Right("Mark messages as read", MEMBER, in_direct=True, in_archived=True),
    "unread": Right("Mark messages as unread", MEMBER, in_direct=True, in_archived=True),
    "notify": Right("Choose one's notifications", MEMBER, in_direct=True, in_archived=True),
    "favourite": Right("Mark a room as a favourite", MEMBER, in_direct=True, in_archived=True),
    "hide": Right("Hide a room from one's list", MEMBER, in_direct=True, in_archived=True),
    "leave": Right("Leave", MEMBER, in_direct=True, in_archived=True),  # of direct rooms, groups (see leave_room)
    # others' messages, members, the room
    "moderate": Right("Delete others' messages", MODERATOR),
    "invite": Right("Invite people", MODERATOR),
    "revoke": Right("Revoke an invite", MODERATOR),
    "answer": Right("Answer requests to join", MODERATOR),
    "remove": Right("Remove a member", MODERATOR),
    "ban": Right("Ban someone, who needn't be in the room", MODERATOR),
    "unban": Right("Lift a ban", MODERATOR),
    "mute": Right("Mute a member", MODERATOR),
    "unmute": Right("Unmute a member", MODERATOR),
    "settings": Right("See the settings, members' roles and bans", MODERATOR, in_archived=True),
    "log": Right("Read the log", MODERATOR, in_archived=True),
    "resolve": Right("Work through reports", MODERATOR, in_archived=True),
    "describe": Right("Change name, description and icon", MODERATOR),
    "rule": Right("Change the rules: announcements, slow mode, requests", MODERATOR),
    "promote": Right("Give a higher role", OWNER),
    "demote": Right("Take a moderator's role away", OWNER),
    "hand_over": Right("Hand the room over", OWNER),
    "open": Right("Change between open and private", OWNER),
    "archive": Right("Archive the room", OWNER, in_archived=True),
    "unarchive": Right("Open an archived room again", OWNER, in_archived=True),
    "destroy": Right("Delete the room", OWNER, in_archived=True),
}


def rank(role: str) -> int:
    """Return a role as a number that can be compared."""
    return RANKS[role]


def least_role(verb: str, room: Room | Rules) -> str:
    """Return the least role that a verb takes in a room. Raises KeyError for an unknown verb."""
    if verb in WRITING and room.is_announcement:
        return MODERATOR
    return MEMBER if verb == "mention_all" and room.kind == "direct" else RIGHTS[verb].role


def roles_with(verb: str) -> list[str]:
    """Return the roles that have a right."""
    return [role for role in RANKS if rank(role) >= rank(RIGHTS[verb].role)]


def allows(verb: str, role: str, room: Room | Rules) -> bool:
    """Return whether a member with a role may do something in a room. Raises KeyError for an unknown verb."""
    return _missing(verb, role, room) is None


def reason(verb: str, member: Membership) -> str | None:
    """Return why a member may not do something, in a sentence, or None if they may. Raises KeyError."""
    if missing := _missing(verb, member.role, member.room):
        return str(missing)
    if verb in WRITING and is_muted(member.muted_until):
        return gettext("A moderator muted you. You can't write in this room for now.")
    return None


def is_muted(muted_until: datetime | None) -> bool:
    """Return whether someone muted until a time, if at all, still is."""
    return muted_until is not None and muted_until > timezone.now()


def _missing(verb: str, role: str, room: Room | Rules) -> str | Promise | None:
    right, least = RIGHTS[verb], least_role(verb, room)
    if room.archived_at is not None and not right.in_archived:
        return _("This room is archived: it's read-only.")
    if room.kind == "direct" and not right.in_direct:
        return _("Direct messages don't have this.")
    if rank(role) >= rank(least):
        return None
    return _("Only moderators can post in this room.") if verb in WRITING else LEAST[least]
