"""allauth's forms for one-time codes, with our limits."""

from typing import Any

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm

from a_users.attempts import codes


class CountedCode:
    """Count wrong codes."""

    user: Any

    def clean_code(self) -> str:
        """Return the right code. Raises ValidationError for a wrong one, and Limited after too many."""
        with codes.attempt(context.request, self.user) as attempt:
            code = super().clean_code()  # type: ignore[misc]
            attempt.succeeded = True
        return code


class AuthenticateForm(CountedCode, AllauthAuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(CountedCode, AllauthReauthenticateForm):
    """Confirm one's identity."""


class ActivateForm(CountedCode, ActivateTOTPForm):
    """Set up an authenticator app."""
