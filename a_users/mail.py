"""The mails that accounts get."""

from __future__ import annotations

import logging
import re
from smtplib import SMTPException
from typing import Any, NamedTuple

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from a_users.devices import describe
from a_users.models import User

logger = logging.getLogger(__name__)

# In the text of a mail: a line that ends with a colon, then a line with only a link or a code.
LABELLED = re.compile(r"(?P<label>[^\n]+):\n(?:(?P<url>https?://\S+)|(?P<code>\S+))")

BUTTONS = {
    "account/email/account_already_exists": _("Choose a new password"),
    "account/email/email_confirmation": _("Confirm email address"),
    "account/email/email_confirmation_signup": _("Confirm email address"),
    "account/email/password_reset_key": _("Choose a new password"),
    "account/email/unknown_account": _("Sign up"),
}


class Mail(NamedTuple):
    """A mail of another app: its recipient, their language ("" for the present one), and what its template needs."""

    to: str
    language: str
    context: dict[str, Any]


class MailAdapter(DefaultAccountAdapter):
    """Send branded HTML mails, if this server can send any."""

    def format_email_subject(self, subject: str) -> str:
        """Prefix a subject with the product name."""
        return f"Backchat: {subject}"

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Send none, and don't claim to, if this server can't send mails."""
        return settings.CAN_SEND_MAIL

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Send a confirmation link; if the address is taken, notify only its owner."""
        address = emailconfirmation.email_address
        if EmailAddress.objects.filter(email=address.email, verified=True).exclude(user=address.user).exists():
            self.send_account_already_exists_mail(address.email)
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail if this server can; log a failure instead of raising it."""
        if not settings.CAN_SEND_MAIL:
            return
        device = describe(context.get("user_agent", ""))
        security_url = allauth_context.request.build_absolute_uri(reverse("usersessions_list"))
        try:
            super().send_mail(template_prefix, email, {**context, "device": device, "security_url": security_url})
        except (OSError, SMTPException):
            logger.exception("could not send the mail %s", template_prefix)

    def send_mails(self, template_prefix: str, mails: list[Mail]) -> bool:
        """Send mails over one connection, if this server can; return whether that worked, and log a failure."""
        if not settings.CAN_SEND_MAIL or not mails:
            return not mails
        try:
            get_connection().send_messages([self._render_for(template_prefix, mail) for mail in mails])
        except (OSError, SMTPException):
            logger.exception("could not send %d mails %s", len(mails), template_prefix)
            return False
        return True

    def _render_for(self, template_prefix: str, mail: Mail) -> EmailMultiAlternatives:
        site = get_current_site(allauth_context.request)
        with translation.override(mail.language or translation.get_language()):
            return self.render_mail(template_prefix, mail.to, {**mail.context, "current_site": site})

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Notify a user of an account change, at a confirmed address only."""
        known = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
        removed = (context or {}).get("deleted_email")  # notify the removed address, too
        if email := email or known.first() or removed:
            super().send_notification_mail(template_prefix, user, context, email)

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> EmailMultiAlternatives:
        """Return a mail with the same content as plain text and as HTML, where its link is a button."""
        message = super().render_mail(template_prefix, email, context, headers)
        assert isinstance(message, EmailMultiAlternatives)
        button = context.get("button") or BUTTONS.get(template_prefix, _("Review my devices"))
        message.attach_alternative(render_html(str(message.subject), str(message.body), str(button)), "text/html")
        return message


def render_html(subject: str, text: str, button: str) -> str:
    """Render a mail's text as branded HTML, with its link as a button."""
    *paragraphs, signature = text.strip().split("\n\n")
    parts = [match.groupdict() if (match := LABELLED.fullmatch(p)) else {"text": p} for p in paragraphs]
    heading = subject.removeprefix("Backchat: ")
    context = {"subject": subject, "heading": heading, "button": button, "parts": parts, "signature": signature}
    return render_to_string("account/email/message.html", context)
