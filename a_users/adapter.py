"""Where Backchat does more than allauth."""

import logging
import re
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from a_users.actions.accounts import announce_revoked, announce_signed_up
from a_users.devices import describe
from a_users.models import User
from a_users.models.user import TAKEN
from a_users.usernames import normalize

logger = logging.getLogger(__name__)

# In the text of a mail, a line that ends with a colon and a single word below it are a link or a code to enter.
LABELLED = re.compile(r"(?P<label>[^\n]+):\n(?:(?P<url>https?://\S+)|(?P<code>\S+))")

ADDRESS_LIMIT = 254
BUTTONS = {
    "account/email/account_already_exists": _("Choose a new password"),
    "account/email/email_confirmation": _("Confirm the address"),
    "account/email/email_confirmation_signup": _("Confirm the address"),
    "account/email/password_reset_key": _("Choose a new password"),
    "account/email/unknown_account": _("Create an account"),
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's accounts, whose changes reach the sockets and whose mails wear the product's clothes."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
        "same_as_current": _("This is what it is already."),
        "duplicate_email": _("This is your address already."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try to log in: of one name from one place, and of one name from all. Raises ValidationError."""
        name = credentials.get("email", credentials.get("username", "")).lower()
        if not ratelimit.consume(request, action="login_anywhere", key=name):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return what allauth counts failures by: with the place, so that nobody can shut somebody else out."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a username as it is stored. Raises ValidationError for a bad one, or a look-alike of another."""
        username = super().clean_username(normalize(username), shallow=True)
        if not shallow and not User.objects.is_free(username):
            raise ValidationError(TAKEN, code="unique")
        return username

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store a new user and tell the other apps."""
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            if commit:
                announce_signed_up(user)
        return user

    def clean_email(self, email: str) -> str:
        """Return an address. Raises ValidationError for one that the database has no room for."""
        if len(email) > ADDRESS_LIMIT:
            reason = _("An email address has at most %(most)d characters.")
            raise ValidationError(reason, code="max_length", params={"most": ADDRESS_LIMIT})
        return super().clean_email(email)

    def set_password(self, user: User, password: str) -> None:
        """Set a password; whoever came in with the last one has to come in again."""
        super().set_password(user, password)
        announce_revoked(user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return where a new password leads: back to the settings."""
        return reverse("settings")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Return where a confirmed address leads: to the place that says so."""
        return reverse("account_email") if self.request.user.is_authenticated else reverse("home")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return the ways to show that it is oneself, in the product's words."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        return [way | {"description": words[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def format_email_subject(self, subject: str) -> str:
        """Return a subject with the product's name."""
        return f"Backchat: {subject}"

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Ask whether an address is right; the owner of one that is taken is told so, and nobody else."""
        address = emailconfirmation.email_address
        if EmailAddress.objects.filter(email=address.email, verified=True).exclude(user=address.user).exists():
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; one that cannot be sent is logged, and what was asked for goes on."""
        device = describe(context.get("user_agent", ""))
        security_url = allauth_context.request.build_absolute_uri(reverse("usersessions_list"))
        try:
            super().send_mail(template_prefix, email, {**context, "device": device, "security_url": security_url})
        except (OSError, SMTPException):
            logger.exception("the mail %s was not sent", template_prefix)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell someone of a change to their account, at an address that they have shown to be theirs."""
        known = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
        removed = (context or {}).get("deleted_email")  # the last one hears of its end
        if email := email or known.first() or removed:
            super().send_notification_mail(template_prefix, user, context, email)

    def render_mail(self, template_prefix: str, *args: Any, **kwargs: Any) -> EmailMultiAlternatives:
        """Return a mail as text and, with the same words, as HTML."""
        message = super().render_mail(template_prefix, *args, **kwargs)
        assert isinstance(message, EmailMultiAlternatives)
        button = BUTTONS.get(template_prefix, _("Look at my devices"))
        message.attach_alternative(dress(str(message.subject), str(message.body), str(button)), "text/html")
        return message


def dress(subject: str, text: str, button: str) -> str:
    """Return a mail's text as HTML in the product's clothes; its link is a button as well."""
    *paragraphs, signature = text.strip().split("\n\n")
    parts = [match.groupdict() if (match := LABELLED.fullmatch(p)) else {"text": p} for p in paragraphs]
    heading = subject.partition(": ")[2]
    heading = heading[:1].upper() + heading[1:]
    context = {"subject": subject, "heading": heading, "button": button, "parts": parts, "signature": signature}
    return render_to_string("account/email/message.html", context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts of other sites."""

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Store a user who signs up with another site and tell the other apps; with a form, `save_user` above has."""
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            if form is None:
                announce_signed_up(user)
        return user

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "disconnect_last": _("This is your only way to sign in. Set a password before you disconnect it."),
    }


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's second factors, in the product's words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or it was used already. Try the one that is shown now."),
        "cannot_delete_authenticator": _("This second step cannot be removed."),
        "cannot_generate_recovery_codes": _("Turn on two-step sign-in first."),
        "incorrect_passkey": _("This passkey does not fit. Try again, or use another way."),
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Return a first name for a passkey: the device that it is made on."""
        return describe(allauth_context.request.headers.get("User-Agent", ""))

    def _get_site_name(self) -> str:
        return "Backchat"
