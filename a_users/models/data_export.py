"""What someone asked to take with them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from a_users.models.user import User

KEPT = timedelta(days=1)  # how long an export can be downloaded
GIVEN_UP = timedelta(minutes=15)  # after which one that is not ready has died with its process


def export_path(export: DataExport, name: str) -> str:
    """Return where an export is kept, relative to MEDIA_ROOT: nobody can guess it, and no address leads there."""
    return f"exports/{secrets.token_urlsafe(24)}.zip"


class DataExport(models.Model):
    """The last copy of their data that a user asked for."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="data_export")
    file = models.FileField(upload_to=export_path, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"data of {self.user}"

    @property
    def kept_until(self) -> datetime:
        """Until when it can be downloaded."""
        return self.asked_at + KEPT

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.file) and self.kept_until > timezone.now()

    @property
    def is_under_way(self) -> bool:
        """Whether it is being made just now."""
        return not self.file and self.asked_at > timezone.now() - GIVEN_UP
