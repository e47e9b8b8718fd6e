"""Form fields for text."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Invisible Unicode categories: controls, formats (zero-width, direction), separators, lone surrogates.
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
BLANK_GLYPHS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}  # letters and symbols drawn as nothing


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return all(unicodedata.category(char) in INVISIBLE or char in BLANK_GLYPHS for char in text)


JOINERS = {"\u200c", "\u200d"}  # needed in Persian words and composed emoji
TAGS = range(0xE0020, 0xE0080)  # needed in the flags of Scotland and Wales


def is_unsafe(char: str) -> bool:
    """Return whether a character is a control, or changes the text direction."""
    allowed = char in JOINERS or ord(char) in TAGS
    return unicodedata.category(char) in INVISIBLE - {"Zs", "Cs"} and not allowed  # TextField rejects Cs


class TextField(forms.CharField):
    """Text in valid Unicode; if required, with at least one visible character."""

    default_error_messages = {"invalid": _("This must be text.")}

    def to_python(self, value: Any) -> str:
        """Return the text with CRLF normalised to LF. Raises ValidationError if it is not a string."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python((value or "").replace("\r\n", "\n")) or ""

    def validate(self, value: str) -> None:
        """Raise ValidationError for blank or unencodable text."""
        if self.required and is_blank(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise ValidationError(_("This text contains an invalid character."), code="encoding")


class LineField(TextField):
    """One line of normalised text without controls; empty, or with a visible character."""

    def to_python(self, value: Any) -> str:
        """Return the line with whitespace collapsed. Raises ValidationError."""
        text = unicodedata.normalize("NFC", super().to_python(value))
        if text and is_blank(text):
            raise ValidationError(_("The name can't be blank."), code="blank")
        return " ".join("".join(char for char in text if char.isspace() or not is_unsafe(char)).split())
