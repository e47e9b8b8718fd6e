"""Reports of messages to a room's moderators; in direct messages, to the site's administrators."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.locking import lock_for, lock_room
from a_rtchat.actions.log import record
from a_rtchat.models import Membership, Message, Report, Room


def report_message(membership: Membership, seq: int, reason: str = "") -> Report:
    """Report a message, once per person. Raises ValidationError."""
    membership.require("report")
    message = Message.objects.filter(room=membership.room_id, seq=seq, deleted_at=None).first()
    if message is None:
        raise ValidationError(_("This message doesn't exist."), code="seq")
    if message.author_id == membership.user_id:
        raise ValidationError(_("You can't report your own message."), code="report")
    with transaction.atomic():
        lock_room(membership.room_id)
        values = {"room_id": membership.room_id, "reason": reason}
        report, created = Report.objects.get_or_create(message=message, reporter=membership.user, defaults=values)
        if not created:
            raise ValidationError(_("You've already reported this message."), code="report")
        count_open(membership.room)
    return report


def resolve_reports(membership: Membership, seq: int) -> int:
    """Close all open reports of a message; return their number. Raises ValidationError."""
    with transaction.atomic():
        membership = lock_for(membership, "resolve")
        reports = Report.objects.filter(room=membership.room_id, message__seq=seq, resolved_at=None)
        author = Message.objects.filter(room=membership.room_id, seq=seq).select_related("author").first()
        count = reports.update(resolved_at=timezone.now(), resolver=membership.user)
        if author is None or not count:
            raise ValidationError(_("There is no open report of this message."), code="seq")
        record(membership.room, membership.user, "resolve", author.author, seq=seq)
        count_open(membership.room)
    return count


def count_open(room: Room) -> None:
    """Store how many messages of a room have open reports, and tell its moderators; the room must be locked."""
    messages = Report.objects.filter(room=room, resolved_at=None).values("message").distinct()
    room.open_reports = messages.count()
    Room.objects.filter(pk=room.pk).update(open_reports=room.open_reports)
    transaction.on_commit(partial(broadcasts.reports_changed, room))
