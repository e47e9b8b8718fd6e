"""A user's request for a copy of their data."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from a_users.models.user import User

FOLDER = "exports"  # under MEDIA_ROOT
KEEP_FOR = timedelta(days=1)  # how long an export can be downloaded
TIMEOUT = timedelta(minutes=15)  # an unfinished export has died with its process


def export_path(export: DataExport, name: str) -> str:
    """Return an unguessable path under MEDIA_ROOT; no URL serves it."""
    return f"{FOLDER}/{secrets.token_urlsafe(24)}.zip"


class DataExport(models.Model):
    """The latest export a user asked for."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="data_export")
    file = models.FileField(upload_to=export_path, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"data of {self.user}"

    @property
    def expires_at(self) -> datetime:
        return self.asked_at + KEEP_FOR

    @property
    def is_ready(self) -> bool:
        return bool(self.file) and self.expires_at > timezone.now()

    @property
    def is_pending(self) -> bool:
        """Whether it is still being prepared."""
        return not self.file and self.asked_at > timezone.now() - TIMEOUT
