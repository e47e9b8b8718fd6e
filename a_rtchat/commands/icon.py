"""The field for a room's icon: one emoji."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from a_rtchat import markdown
from a_users.forms.fields import TextField


class IconField(TextField):
    """One emoji, or empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def validate(self, value: str) -> None:
        """Raise ValidationError for anything but an emoji."""
        super().validate(value)
        if value and not re.fullmatch(markdown.ONE_EMOJI, value):
            raise forms.ValidationError(_("Enter one emoji."), code="icon")
