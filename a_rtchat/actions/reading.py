"""Read positions. Each change counts `read_revision` up, so that tabs know which of two positions is newer."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.models import Membership, Message
from a_rtchat.models.mention import UnreadMentions
from a_rtchat.reading import ReadPosition
from a_users.models import User

# The ORM has no RETURNING, which makes position and revision one reading.
MOVE = (
    "UPDATE a_rtchat_membership SET last_read_seq = %s, read_revision = read_revision + 1"
    " WHERE id = %s AND last_read_seq {} %s RETURNING room_id, last_read_seq, read_revision"
)
READ_ALL = (
    "UPDATE a_rtchat_membership SET read_revision = read_revision + 1, last_read_seq ="
    " (SELECT last_seq FROM a_rtchat_room WHERE a_rtchat_room.id = room_id)"
    " WHERE user_id = %s AND banned_at IS NULL AND last_read_seq <"
    " (SELECT last_seq FROM a_rtchat_room WHERE a_rtchat_room.id = room_id)"
    " RETURNING room_id, last_read_seq, read_revision"
)


def mark_read(membership: Membership, seq: int) -> None:
    """Move a member's read position forward, at most to the newest message, and sync their tabs."""
    _move(membership, min(seq, membership.room.last_seq), "<")


def mark_posted(membership: Membership, message: Message) -> None:
    """Move an author's read position to the message that they have just posted from a page."""
    _move(membership, message.seq, "<")


def mark_unread(membership: Membership, seq: int) -> None:
    """Move a member's read position to just before a message, and sync their tabs.

    Raises ValidationError if there is no such message.
    """
    if seq > membership.room.last_seq:
        raise ValidationError(_("This message doesn't exist."), code="seq")
    _move(membership, seq - 1, "<>", True)


def mark_all_read(user: User) -> None:
    """Move the read positions in all of a user's rooms to their newest messages, in one statement."""
    with transaction.atomic():
        _announce(user.pk, _run(READ_ALL, user.pk))


def _move(membership: Membership, seq: int, condition: str, is_back: bool = False) -> None:
    with transaction.atomic():
        moved = _run(MOVE.format(condition), seq, membership.pk, seq)
        if moved:
            _, membership.last_read_seq, membership.read_revision = moved[0][:3]
            _announce(membership.user_id, [_with_mentions(membership, moved[0])] if is_back else moved)


def _with_mentions(membership: Membership, position: ReadPosition) -> ReadPosition:
    """Return a position with what is unread again: tabs that have read it don't know its mentions."""
    row = Membership.objects.filter(pk=membership.pk).values_list(UnreadMentions(), "room__revision").get()
    return position._replace(mentions=row[0] or "", mentions_at=row[1])


def _run(statement: str, *params: int) -> list[ReadPosition]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [ReadPosition(*row) for row in cursor.fetchall()]


def _announce(user_id: int, positions: list[ReadPosition]) -> None:
    if positions:
        transaction.on_commit(partial(broadcasts.read, user_id, positions))
