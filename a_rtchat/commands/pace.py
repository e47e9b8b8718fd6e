"""How often a user can do something, across all rooms and processes: a burst at once, then a steady rate."""

from __future__ import annotations

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from a_live.limits import Bucket, TooFast, bucket

HOUR = 3600


class Pace:
    """A rate limit, and the sentence for those who are over it."""

    def __init__(self, bucket: Bucket, reason: str | Promise) -> None:
        self.bucket, self.reason = bucket, reason

    def take(self, user_id: int) -> None:
        """Take a user's token. Raises TooFast if there is none."""
        if wait := self.bucket.take(user_id):
            raise self.refusal(wait)

    def refusal(self, wait: float) -> TooFast:
        """Return the refusal of someone who has to wait for some seconds."""
        return TooFast(wait, self.reason)


posting = Pace(
    bucket("posting", settings.CHAT_POST_BURST, settings.CHAT_POSTS_PER_SECOND),
    _("You're sending messages too quickly."),
)
changing = Pace(posting.bucket, _("You're changing messages too quickly."))
creating = Pace(bucket("creating", 20, 20 / HOUR), _("You're creating rooms too quickly."))
joining = Pace(bucket("joining", 30, 360 / HOUR), _("You're joining rooms too quickly."))
leaving = Pace(bucket("leaving", 30, 360 / HOUR), _("You're leaving rooms too quickly."))
moderating = Pace(bucket("moderating", 60, 600 / HOUR), _("You're changing things too quickly."))
reporting = Pace(bucket("reporting", 10, 60 / HOUR), _("You're reporting messages too quickly."))
inviting = Pace(bucket("inviting", 30, 60 / HOUR), _("You're inviting people too quickly."))
asking = Pace(bucket("asking", 10, 20 / HOUR), _("You're asking to join rooms too quickly."))
answering = Pace(bucket("answering", 400, 1), _("You're answering requests too quickly."))
contacting = Pace(bucket("contacting", 20, 60 / HOUR), _("You're starting conversations too quickly."))
arranging = Pace(bucket("arranging", 60, 2), _("You're changing your list too quickly."))
withdrawing = Pace(arranging.bucket, _("You're withdrawing requests too quickly."))
