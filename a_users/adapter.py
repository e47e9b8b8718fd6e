"""Backchat's additions to allauth."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from a_live.clients import address_of
from a_users import extensions
from a_users.actions.accounts import announce_revoked, announce_signed_in, announce_signed_up
from a_users.attempts import TOO_MANY, passwords
from a_users.backends import user_by_login
from a_users.devices import describe
from a_users.known_devices import remember_device
from a_users.mail import MailAdapter
from a_users.models import User
from a_users.usernames import fold, normalize

logger = logging.getLogger(__name__)

EMAIL_MAX_LENGTH = 254


class AccountAdapter(MailAdapter):
    """Signing in and up, names and passwords; close sockets when an account changes."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account has been deactivated."),
        "email_password_mismatch": _("Wrong email address or password."),
        "username_password_mismatch": _("Wrong username or password."),
        "incorrect_password": _("Wrong password."),
        "enter_current_password": _("Wrong password."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "same_as_current": _("That's already the current value."),
        "duplicate_email": _("That's already your email address."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the user with these credentials, or None. Raises Limited after too many failures."""
        name = fold(credentials.get("email") or credentials.get("username") or "")
        with passwords.attempt(request, user_by_login(credentials), name) as attempt:
            user = super().authenticate(request, **credentials)
            attempt.succeeded = user is not None
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address. Raises PermissionDenied if it has none."""
        if address := address_of(request.META):
            return address
        raise PermissionDenied("This client has no address.")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Sign in, remember the device, and notify the other apps."""
        remember_device(request, user)
        announce_signed_in(user, kwargs["redirect_url"] or "")
        return super().post_login(request, user, **kwargs)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the normalised username. Raises ValidationError if it is malformed or taken."""
        username = super().clean_username(normalize(username), shallow=True)
        if not shallow:
            User.objects.require_free(username)
        return username

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Create a user and notify the other apps."""
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            if commit:
                announce_signed_up(user)
        return user

    def clean_email(self, email: str) -> str:
        """Raise ValidationError for an address that is too long to store."""
        if len(email) > EMAIL_MAX_LENGTH:
            reason = _("Email addresses can be %(max)d characters at most.")
            raise ValidationError(reason, code="max_length", params={"max": EMAIL_MAX_LENGTH})
        return super().clean_email(email)

    def set_password(self, user: User, password: str) -> None:
        """Set a password and close all of the user's sockets; only this device stays known."""
        super().set_password(user, password)
        remember_device(allauth_context.request, user)
        announce_revoked(user)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return to the user's last room, or to the best other place to start."""
        assert isinstance(request.user, User)
        return extensions.start_page(request, request.user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the settings after a password change."""
        return reverse("settings")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Return to the email page after a confirmation, or to the home page when signed out."""
        return reverse("account_email") if self.request.user.is_authenticated else reverse("home")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return allauth's ways to reauthenticate, with our labels."""
        labels = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        return [way | {"description": labels[way["id"]]} for way in super().get_reauthentication_methods(user)]


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts on other sites."""

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Create a user and notify the other apps; with a form, `AccountAdapter.save_user` does that."""
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            if form is None:
                announce_signed_up(user)
        return user

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "connected_other": _("That account is already linked to another user."),
        "disconnect_last": _("This is your only way to sign in. Set a password before disconnecting it."),
    }


class TwoStepAdapter(DefaultMFAAdapter):
    """allauth's second factors, with our wording."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is wrong or already used. Enter the one showing now."),
        "cannot_delete_authenticator": _("This sign-in method can't be removed."),
        "cannot_generate_recovery_codes": _("Turn on two-step sign-in first."),
        "incorrect_passkey": _("That passkey wasn't accepted. Try again, or sign in another way."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a new passkey after the device it is created on."""
        return describe(allauth_context.request.headers.get("User-Agent", ""))

    def _get_site_name(self) -> str:
        return "Backchat"
