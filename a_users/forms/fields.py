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
