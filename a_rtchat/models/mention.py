"""Mentions: who is meant by a message."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Subquery

from a_rtchat.models.membership import Membership
from a_rtchat.models.message import Message
from a_rtchat.models.moderation import Block
from a_rtchat.models.room import Room
from a_users.models import User

MOST_LISTED = 100  # unread mentions of a room; a badge counts to 99


class MentionQuerySet(models.QuerySet["Mention"]):
    def shown_to(self, user: User) -> MentionQuerySet:
        """Return a user's mentions in rooms that they are in now, by people whom they don't block."""
        rooms = Membership.objects.active().filter(user=user, room=OuterRef("room"))
        blocked = Block.objects.filter(blocker=user, blocked=OuterRef("message__author"))
        return self.filter(Exists(rooms), ~Exists(blocked), user=user)


class Mention(models.Model):
    """A member who is meant by a message: by name, or by @everyone or @here.

    It repeats the message's room and seq, so that the unread mentions of a membership are one range of an index.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField(editable=False)

    objects = MentionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mention_once_a_message")]
        indexes = [
            models.Index(fields=["room", "user", "seq"], name="mention_unread"),
            models.Index(fields=["user", "-id"], name="mention_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.message}"


class UnreadMentions(Subquery):
    """The seqs of a membership's unread mentions, newest first, as one text: of 0 to `MOST_LISTED` numbers."""

    template = "(SELECT GROUP_CONCAT(found.seq, ' ') FROM (%(subquery)s) AS found)"

    def __init__(self) -> None:
        mine = Mention.objects.filter(room=OuterRef("room"), user=OuterRef("user"), seq__gt=OuterRef("last_read_seq"))
        super().__init__(mine.order_by("-seq").values("seq")[:MOST_LISTED], output_field=models.TextField())

    def as_postgresql(self, compiler, connection, **context):
        """Return the SQL for PostgreSQL, whose function has another name."""
        template = "(SELECT STRING_AGG(found.seq::text, ' ') FROM (%(subquery)s) AS found)"
        return self.as_sql(compiler, connection, template=template, **context)
