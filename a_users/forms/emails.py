"""allauth's forms for email addresses, with limits on the mails they send."""

from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.core import context
from django.utils.translation import gettext_lazy as _

from a_live.clients import network_of
from a_users.known_devices import known_device
from a_users.limits import HOUR, Limit
from a_users.models import User

ENOUGH_MAILS = _("We've sent this address several emails already. Check its inbox and spam folder, or wait %(time)s.")
TOO_MANY_ADDRESSES = _("You've added several addresses. Try again in %(time)s.")
TOO_MANY_REQUESTS = _("Too many attempts. Try again in %(time)s.")
MAX_ACCOUNTS = 3  # that share an unconfirmed address; each gets a mail

resets = Limit("reset-mails", 3, 3 * HOUR, ENOUGH_MAILS)  # per recipient; the links in earlier mails still work
senders = Limit("reset-requests", 20, HOUR, TOO_MANY_REQUESTS)  # per address on the network
additions = Limit("added-addresses", 5, HOUR, TOO_MANY_ADDRESSES)  # per user


class ResetPasswordForm(AllauthResetPasswordForm):
    """Ask for a link to choose a new password."""

    users: list[User]

    def clean_email(self) -> str:
        """Return the address. Raises Limited; a device that its owner used has a limit of its own."""
        email = super().clean_email()
        self.users = self.users[:MAX_ACCOUNTS]
        senders.take(network_of(context.request.META))
        devices = (known_device(context.request, user) for user in self.users)
        resets.take(f"{email.lower()}:{next(filter(None, devices), '')}")
        return email


class AddEmailForm(AllauthAddEmailForm):
    """Add or replace one's address."""

    def clean_email(self) -> str:
        """Return the address. Raises Limited."""
        email = super().clean_email()
        additions.take(self.user.pk)
        return email
