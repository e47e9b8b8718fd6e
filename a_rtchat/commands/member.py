"""What the commands of moderation share: the other member, and how long something lasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from a_rtchat.commands.form import CommandForm
from a_users.forms.fields import LineField
from a_users.usernames import MAX_LENGTH

FOREVER = "forever"
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
SPAN_NAMES = [("hour", _("An hour")), ("day", _("A day")), ("week", _("A week"))]
FURTHEST = timedelta(days=3_650)
NO_DATE = _("Enter a date in the future.")


class MemberForm(CommandForm):
    """The other member."""

    username = LineField(max_length=MAX_LENGTH + 1, widget=forms.HiddenInput)  # or @username


class UntilField(forms.CharField):
    """The end of something: after a span (hour, day, week), or at a date in the future; `forever` or empty for good."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def clean(self, value: Any) -> datetime | None:
        """Return the time, or None for good. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(NO_DATE, code="until")
        text = super().clean(value)
        if text in ("", FOREVER):
            return None
        now = timezone.now()
        until = now + SPANS[text] if text in SPANS else _parsed(text)
        if until is None or not now < until <= now + FURTHEST:
            raise ValidationError(NO_DATE, code="until")
        return until


def _parsed(text: str) -> datetime | None:
    """Return the time of an ISO date or time, or None for anything else."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:  # such as 30 February
        return None
    if day is not None:
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
