"""Passkeys as they come from a browser, or from whoever poses as one: whatever is malformed is a wrong passkey."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import InvalidSignature
from django import forms

NAME_LIMIT = 60  # characters

# What the parser raises for what it does not understand.
MALFORMED = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    RecursionError,
    struct.error,
    InvalidSignature,
)


class CredentialField(forms.JSONField):
    """A passkey as JSON."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Return what the JSON says. Raises ValidationError for what is none, or nested too deeply."""
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise get_adapter().validation_error("incorrect_passkey") from error

    def bound_data(self, data: object, initial: object) -> None:
        """Return nothing to show again: a passkey is shown anew."""


class CarefulForm(AuthenticateWebAuthnForm):
    """A passkey that is shown."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        """Return the passkey that fits. Raises ValidationError for anything else."""
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_passkey") from error


class LogInForm(CarefulForm, LoginWebAuthnForm):
    """A passkey that is shown by somebody who is not known yet."""


class ReauthenticateForm(CarefulForm, ReauthenticateWebAuthnForm):
    """A passkey that is shown once more."""


class AddForm(AddWebAuthnForm):
    """A new passkey."""

    name = forms.CharField(required=False, max_length=NAME_LIMIT)
    credential = CredentialField()

    def clean(self) -> dict:
        """Return the checked data. Raises ValidationError for what is no passkey."""
        try:
            return super().clean()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_passkey") from error


class RenameForm(EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(max_length=NAME_LIMIT)
