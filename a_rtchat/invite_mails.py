"""The mails that invite people to a room."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_live.clients import network_of
from a_rtchat.models import Block, Invite
from a_users.limits import HOUR, Limit
from a_users.mail import Mail

TEMPLATE = "a_rtchat/email/invite"
TOO_MANY = _("You've sent many invites by email. Try again in %(time)s.")
ENOUGH = _("We've sent this address several invites already. Share the link instead.")

LINKED = re.compile(r"(?<=\S)[.:@/](?=\S)")

senders = Limit("invite-mails", 40, 2 * HOUR, TOO_MANY)  # per user
networks = Limit("invite-mails-network", 200, 2 * HOUR, TOO_MANY)  # all users of an address, against accounts in bulk
recipients = Limit("invited-addresses", 5, 24 * HOUR, ENOUGH)  # per recipient, whoever sends them


def take(user_id: int, addresses: Iterable[str]) -> None:
    """Count mails to addresses. Raises ValidationError for the field `people` if there are too many."""
    try:
        for address in addresses:
            recipients.take(_mailbox_of(address))
            senders.take(user_id)
            networks.take(network_of(allauth_context.request.META))
    except ValidationError as error:
        raise ValidationError({"people": error}) from None


def send(invites: Sequence[Invite]) -> bool:
    """Mail invites to those who have an address, each in the reader's language if it is known.

    Return whether that worked.
    """
    return get_adapter().send_mails(TEMPLATE, list(_mails(invites)))


def _mails(invites: Sequence[Invite]) -> Iterator[Mail]:
    users = [invite.user for invite in invites if invite.user]
    addresses = EmailAddress.objects.filter(user__in=users, verified=True, primary=True) if users else ()
    address_of = {address.user_id: address.email for address in addresses}
    creators = [invite.creator_id for invite in invites]
    blockers = set(Block.objects.filter(blocker__in=users, blocked__in=creators).values_list("blocker", flat=True))
    for invite in invites:
        if invite.email:  # counted by `take`
            yield Mail(invite.email, "", _context(invite))
        elif (
            invite.user
            and invite.user_id not in blockers
            and (to := address_of.get(invite.user.pk))
            and not recipients.bucket.take(_mailbox_of(to))
        ):
            yield Mail(to, invite.user.language, _context(invite))


def _mailbox_of(address: str) -> str:
    """Return the mailbox that an address leads to: what follows a + only sorts the mail."""
    local, _at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _unlinked(name: str) -> str:
    """Return a name in which mail programs find no link: an invisible character divides its dots, colons and @."""
    return LINKED.sub("\\g<0>\u200b", name)


def _context(invite: Invite) -> dict[str, object]:
    url = allauth_context.request.build_absolute_uri(invite.get_absolute_url())
    inviter = _unlinked(invite.creator.profile.name) if invite.creator else ""
    return {"room": _unlinked(invite.room.name), "inviter": inviter, "invite_url": url, "button": _("See the invite")}
