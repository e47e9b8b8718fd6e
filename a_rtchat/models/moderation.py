"""A room's log, reports of messages, and blocked people."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from a_rtchat.models.message import Message
from a_rtchat.models.room import Room


class LogEntry(models.Model):
    """What a member did to a room or to another member, for its moderators.

    `verb` is the command's name, `target` the other member, if any, and `detail` its values by name. What outlives its
    room, such as its deletion, has none, and is read by administrators.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, null=True, related_name="log")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=20)
    target = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["room", "-id"], name="log_newest")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb} {self.target or ''}".strip()


class Report(models.Model):
    """A member's report of a message to the room's moderators."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="reports")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True, editable=False)  # the message as it was reported, while the report is open
    is_for_administrators = models.BooleanField(default=False, editable=False)  # the author is a moderator
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["resolved_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["message", "reporter"], name="report_once_a_message")]
        indexes = [models.Index(fields=["room", "resolved_at"], name="report_open")]

    def __str__(self) -> str:
        return f"{self.reporter} reports {self.message}"


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, user_id: int, others: Collection[int]) -> BlockQuerySet:
        """Return the blocks between a user and others, in both directions."""
        return self.filter(Q(blocker=user_id, blocked__in=others) | Q(blocked=user_id, blocker__in=others))

    def hiding_from(self, user_id: int) -> models.QuerySet:
        """Return the ids of the users who hide from a user: they block them."""
        return self.filter(blocked=user_id).values("blocker")


class Block(models.Model):
    """A user who blocks another: no direct messages, no presence, no mentions. The blocked user isn't told."""

    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_others"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker} blocks {self.blocked}"
