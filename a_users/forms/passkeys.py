"""allauth's passkey forms, which treat malformed input as a wrong passkey."""

import struct
from typing import Any

from allauth.core import context
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

from a_users.attempts import codes

NAME_MAX_LENGTH = 60

# The parser raises any of these for malformed input.
PARSE_ERRORS = (
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
        """Parse the JSON. Raises ValidationError if it is invalid or nested too deeply."""
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise get_adapter().validation_error("incorrect_passkey") from error

    def bound_data(self, data: object, initial: object) -> None:
        """Return nothing: a credential is never shown again."""


class AuthenticateForm(AuthenticateWebAuthnForm):
    """Authenticate with a passkey."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        """Return the matching passkey. Raises ValidationError if there is none."""
        if self.user is None:  # signing in with a passkey alone; allauth limits that per address
            return self._parse_credential()
        with codes.attempt(context.request, self.user) as attempt:
            passkey = self._parse_credential()
            attempt.succeeded = True
        return passkey

    def _parse_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except PARSE_ERRORS as error:
            raise get_adapter().validation_error("incorrect_passkey") from error


class SignInForm(AuthenticateForm, LoginWebAuthnForm):
    """Sign in with a passkey alone."""


class ReauthenticateForm(AuthenticateForm, ReauthenticateWebAuthnForm):
    """Confirm one's identity with a passkey."""


class AddForm(AddWebAuthnForm):
    """Add a passkey."""

    name = forms.CharField(required=False, max_length=NAME_MAX_LENGTH)
    credential = CredentialField()

    def clean(self) -> dict:
        """Raise ValidationError for a malformed passkey."""
        try:
            return super().clean()
        except PARSE_ERRORS as error:
            raise get_adapter().validation_error("incorrect_passkey") from error


class RenameForm(EditWebAuthnForm):
    """Rename a passkey."""

    name = forms.CharField(max_length=NAME_MAX_LENGTH)
