"""Fields that several commands share: a room's icon and picture, and people to invite."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_rtchat.markdown import one_emoji
from a_users.avatars import TYPES
from a_users.forms.fields import TextField

TOO_LONG = {"max_length": _("%(limit_value)d characters at most (you have %(show_value)d).")}


class EmojiField(TextField):
    """A single emoji, or nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, required=False, error_messages=TOO_LONG, **options)

    def to_python(self, value: Any) -> str:
        """Return the emoji. Raises ValidationError for anything else."""
        text = super().to_python(value).strip()
        emoji = one_emoji(text)
        if text and not emoji:
            raise ValidationError(_("Enter a single emoji."), code="emoji")
        return emoji


class PictureField(forms.FileField):
    """A picture to upload, or nothing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput(attrs={"accept": ",".join(TYPES)})
        super().__init__(required=False, widget=widget, **options)


class PeopleField(TextField):
    """Usernames and email addresses (see guests.py), or nothing."""

    def __init__(self, **options: Any) -> None:
        options = {
            "required": False,
            "max_length": 4_000,
            "widget": forms.Textarea(attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false"}),
            "help_text": _("Usernames or email addresses, separated by commas or lines."),
            **options,
        }
        super().__init__(**options)
