"""Form fields for text that people write."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Unicode categories that show nothing: controls, formats (zero-width, directions), separators, lone surrogates.
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
BLANK_GLYPHS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}  # letters and symbols that look like nothing


def is_blank(text: str) -> bool:
    """Whether a text would show nothing at all."""
    return all(unicodedata.category(char) in INVISIBLE or char in BLANK_GLYPHS for char in text)


class TextField(forms.CharField):
    """Text that can be stored and shown: no other JSON type, no broken Unicode, never only invisible characters."""

    default_error_messages = {"invalid": _("This must be text.")}

    def to_python(self, value: Any) -> str:
        """Return the text with newlines as one character each. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python((value or "").replace("\r\n", "\n")) or ""

    def validate(self, value: str) -> None:
        """Refuse what is blank or cannot be encoded. Raises ValidationError."""
        if self.required and is_blank(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise ValidationError(_("This text contains an invalid character."), code="encoding")
