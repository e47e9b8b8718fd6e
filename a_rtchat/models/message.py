"""Messages."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from a_rtchat.models.room import Room

# The columns of a user's look (rendered.Look), relative to the user.
LOOK_COLUMNS = ("username", "profile__display_name", "profile__color", "profile__avatar_small")


class MessageQuerySet(models.QuerySet["Message"]):
    def for_display(self) -> MessageQuerySet:
        """Return the messages with the relations that their template needs."""
        return self.select_related("author__profile", "room")

    def cache_keys(self) -> models.QuerySet:
        """Return (pk, seq, revision, *columns of the author's look): the key of a message's cached HTML."""
        return self.values_list("pk", "seq", "revision", *(f"author__{name}" for name in LOOK_COLUMNS))

    def changed_after(self, revision: int) -> MessageQuerySet:
        """Return the next page of messages changed after a revision, in order of revision."""
        return self.filter(revision__gt=revision).order_by("revision")[: settings.CHAT_REPLAY_PAGE_SIZE]


class Message(models.Model):
    """A message: its source text, and the sanitised HTML that is rendered once when it is written."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    body = models.TextField()
    body_html = models.TextField(editable=False)
    seq = models.PositiveBigIntegerField(editable=False)
    revision = models.PositiveBigIntegerField(editable=False)
    client_id = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["room", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_page"),
            models.UniqueConstraint(fields=["room", "revision"], name="message_replay"),
            models.UniqueConstraint(fields=["author", "client_id"], name="message_sent_once"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.body[:60]}"

    def get_absolute_url(self) -> str:
        """Return the message's permalink."""
        return reverse("message", args=[self.room.slug, self.seq])
