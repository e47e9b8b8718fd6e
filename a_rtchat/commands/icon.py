"""The field for a room's icon: one emoji."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from a_rtchat.markdown import one_emoji
from a_users.forms.fields import TextField


class IconField(TextField):
    """One emoji, or empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def to_python(self, value: Any) -> str:
        """Return the emoji. Raises ValidationError for anything else."""
        text = super().to_python(value)
        emoji = one_emoji(text)
        if text and not emoji:
            raise forms.ValidationError(_("Enter one emoji."), code="icon")
        return emoji
