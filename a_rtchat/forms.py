"""What people may send: HTTP posts and socket frames are validated by the same forms."""

import unicodedata
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_rtchat.models import Room

# Unicode categories that show nothing: controls, formats (zero-width, directions), separators, lone surrogates.
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
BLANK_GLYPHS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}  # letters and symbols drawn as nothing


def is_blank(text: str) -> bool:
    """Tell whether a text would show nothing at all."""
    return all(unicodedata.category(char) in INVISIBLE or char in BLANK_GLYPHS for char in text)


class TextField(forms.CharField):
    """Text that can be stored and shown: no other JSON type, no broken Unicode, never only invisible signs."""

    def to_python(self, value: Any) -> str:
        """Return the text with newlines as one sign each. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(_("This has to be text."), code="type")
        return super().to_python((value or "").replace("\r\n", "\n")) or ""

    def validate(self, value: str) -> None:
        """Refuse what is blank or cannot be encoded. Raises ValidationError."""
        if self.required and is_blank(value):
            raise ValidationError(self.error_messages["required"], code="required")
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise ValidationError(_("This text holds a broken character."), code="encoding")


class BodyField(TextField):
    """The text of a message."""

    def __init__(self) -> None:
        messages = {
            "required": _("Write something first."),
            "max_length": _("This message has %(show_value)d characters; at most %(limit_value)d fit."),
        }
        super().__init__(max_length=settings.CHAT_BODY_LIMIT, error_messages=messages, widget=forms.Textarea)


class ClientIdField(forms.UUIDField):
    """The UUID that a browser gives a message."""

    def __init__(self) -> None:
        super().__init__(required=False, error_messages={"invalid": _("The client_id has to be a UUID.")})

    def to_python(self, value: Any) -> uuid.UUID | None:  # type: ignore[override]
        """Return the UUID; other JSON types are refused unread, however deep they are. Raises ValidationError."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class SeqField(forms.IntegerField):
    """The number of a message in its room."""

    def __init__(self) -> None:
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("There is no such message."))
        super().__init__(min_value=1, max_value=2**63 - 1, error_messages=messages)


class FrameForm(forms.Form):
    """What someone sends, by socket or by HTTP."""

    @property
    def reasons(self) -> list[str]:
        """Why it is refused, as sentences."""
        return [str(reason) for reasons in self.errors.values() for reason in reasons]

    def clean_or_raise(self) -> dict[str, Any]:
        """Return the cleaned values. Raises ValidationError with the reasons."""
        if not self.is_valid():
            raise ValidationError(self.reasons)
        return self.cleaned_data


class MessageForm(FrameForm):
    """A message on its way in."""

    body = BodyField()
    client_id = ClientIdField()


class EditForm(FrameForm):
    """What a message shall say instead."""

    seq = SeqField()
    body = BodyField()


class DeleteForm(FrameForm):
    """Which message shall go."""

    seq = SeqField()


class RoomForm(forms.ModelForm):
    """A new room: its name, and who may enter."""

    name = TextField(label=_("Name"), max_length=80, error_messages={"required": _("Give the room a name.")})
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in Room.Kind.choices if choice[0] != Room.Kind.DIRECT],
        widget=forms.RadioSelect,
        initial=Room.Kind.OPEN,
        required=False,
    )

    class Meta:
        model = Room
        fields = ["name", "kind"]

    def clean_kind(self) -> str:
        """Return the kind; open where none was chosen."""
        return self.cleaned_data["kind"] or Room.Kind.OPEN


class JoinForm(forms.Form):
    """A room's code, as someone passed it on: also with capitals, or as the room's whole address."""

    code = TextField(label=_("Code"), max_length=200, error_messages={"required": _("Enter the room's code.")})

    def clean_code(self) -> str:
        """Return the slug in what was typed."""
        return self.cleaned_data["code"].rstrip("/").rpartition("/")[2].lower()


class HistoryForm(forms.Form):
    """Which page of history, or of changes."""

    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    since = forms.IntegerField(min_value=0, max_value=2**63 - 1, required=False)
