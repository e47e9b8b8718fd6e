"""Forms of commands, which validate both frames and HTTP posts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_users.forms.fields import TextField


class CommandForm(forms.Form):
    """The values that a command takes; on a page it is an ordinary Django form."""

    @classmethod
    def clean_data(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cleaned values. Raises ValidationError with the reasons by field.

        It uses the class's fields, because copying them into an instance would cost more than everything else.
        """
        values, errors = {}, {}
        for name, field in cls.base_fields.items():
            try:
                values[name] = field.clean(scalar(data.get(name), field))
            except ValidationError as error:
                errors[name] = error
        if errors:
            raise ValidationError(errors)
        return values


def scalar(value: Any, field: forms.Field) -> Any:
    """Return a value. Raises ValidationError for a list or an object without reading it, however deeply nested."""
    if isinstance(value, (list, dict)):
        raise ValidationError(field.error_messages.get("invalid", _("This value isn't valid.")), code="invalid")
    return value


class BodyField(TextField):
    """The text of a message."""

    def __init__(self) -> None:
        messages = {
            "required": _("Write something first."),
            "max_length": _("Messages can be %(limit_value)d characters at most; this one has %(show_value)d."),
        }
        super().__init__(max_length=settings.CHAT_BODY_LIMIT, error_messages=messages, widget=forms.Textarea)


class ClientIdField(forms.UUIDField):
    """The UUID that a browser assigns to a message."""

    def __init__(self) -> None:
        super().__init__(required=False, error_messages={"invalid": _("The client_id must be a UUID.")})

    def to_python(self, value: Any) -> uuid.UUID | None:  # type: ignore[override]
        """Return the UUID. Raises ValidationError for anything else."""
        if value is not None and not isinstance(value, str):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ConfirmedField(forms.BooleanField):
    """Whether the author knows how many people a mention reaches."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)


class SeqField(forms.IntegerField):
    """The number of a message in its room."""

    def __init__(self, **options: Any) -> None:
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("This message doesn't exist."))
        super().__init__(min_value=1, max_value=2**63 - 1, error_messages=messages, **options)


class IdField(forms.IntegerField):
    """The id of a row."""

    def __init__(self) -> None:
        messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), _("This no longer exists."))
        super().__init__(min_value=1, max_value=2**63 - 1, error_messages=messages)


class MessageForm(CommandForm):
    """The number of the message that a command is about."""

    seq = SeqField()
