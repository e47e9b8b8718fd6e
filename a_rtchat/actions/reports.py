"""Reports of messages to a room's moderators; in direct messages, to the site's administrators."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions.locking import lock_for, lock_room
from a_rtchat.actions.log import record
from a_rtchat.models import LogEntry, Membership, Message, Report, Room
from a_rtchat.permissions import roles_with
from a_users.models import User


def report_message(membership: Membership, seq: int, reason: str = "") -> Report:
    """Report a message, once per person. Raises ValidationError."""
    membership.require("report")
    messages = Message.objects.filter(room=membership.room_id, deleted_at=None).select_related("author")
    message = messages.filter(seq=seq).first()
    if message is None:
        raise ValidationError(_("This message doesn't exist."), code="seq")
    if message.author_id == membership.user_id:
        raise ValidationError(_("You can't report your own message."), code="report")
    with transaction.atomic():
        lock_room(membership.room_id)
        message.refresh_from_db(fields=["body"])
        is_high = _is_moderator(message)
        values = {"room_id": membership.room_id, "reason": reason, "body": message.body}
        values["is_for_administrators"] = is_high
        report, created = Report.objects.get_or_create(message=message, reporter=membership.user, defaults=values)
        if not created:
            raise ValidationError(_("You've already reported this message."), code="report")
        if not is_high:  # the author reads the log
            record(membership.room, membership.user, "report", message.author, seq=seq, reason=reason)
        count_open(membership.room)
    return report


def resolve_reports(membership: Membership, seq: int) -> int:
    """Close all open reports of a message; return their number. Raises ValidationError."""
    with transaction.atomic():
        membership = lock_for(membership, "resolve")
        reports = Report.objects.filter(message__seq=seq, is_for_administrators=False)
        count = close_reports(membership.room, membership.user, reports.exclude(message__author=membership.user_id))
        if not count:
            raise ValidationError(_("There is no open report of this message."), code="seq")
    return count


def close_reports(room: Room, actor: User, reports: QuerySet[Report]) -> int:
    """Close those reports that are open and of this room, which must be locked; return their number.

    The room's log has an entry for each message.
    """
    still_open = reports.filter(room=room, resolved_at=None)
    about = list(
        Message.objects.filter(reports__in=still_open.filter(is_for_administrators=False)).distinct().order_by("seq")
    )
    count = still_open.update(body="", resolved_at=timezone.now(), resolver=actor)
    entry = partial(LogEntry, room=room, actor=actor, verb="resolve")
    LogEntry.objects.bulk_create(entry(target_id=one.author_id, detail={"seq": one.seq}) for one in about)
    count_open(room)
    return count


def _is_moderator(message: Message) -> bool:
    """Return whether a message's author works through reports in its room: they mustn't see those about themselves."""
    roles = roles_with("resolve")
    return Membership.objects.filter(room=message.room_id, user=message.author_id, role__in=roles).exists()


def count_open(room: Room) -> None:
    """Store how many messages of a room have open reports, and tell its moderators; the room must be locked."""
    messages = (
        Report.objects.filter(room=room, resolved_at=None, is_for_administrators=False).values("message").distinct()
    )
    room.open_reports = messages.count()
    Room.objects.filter(pk=room.pk).update(open_reports=room.open_reports)
    transaction.on_commit(partial(broadcasts.reports_changed, room))
