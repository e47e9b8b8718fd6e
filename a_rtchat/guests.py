"""Who is named by usernames and email addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from a_rtchat.models import Membership, Room
from a_users.models import User
from a_users.usernames import fold


class MailboxValidator(EmailValidator):
    """Accept addresses at a domain name only, not at an IP address."""

    def validate_domain_part(self, domain_part: str) -> bool:
        """Return whether the part after the @ is a domain name."""
        return not domain_part.startswith("[") and super().validate_domain_part(domain_part)


mailbox = MailboxValidator(allowlist=())
MAX_LOCAL = 64  # characters before the @ (RFC 5321)
LIMIT = 20  # people at once: each may get a mail
NAMED_ADDRESS = re.compile(r"[^,;\n]*<([^<>\s]+@[^<>\s]+)>")  # as mail programs copy it


class Guests(NamedTuple):
    """People to invite: users, and email addresses."""

    users: list[User]
    addresses: list[str]


def find_guests(text: str, inviter: User, room: Room | None = None) -> Guests:
    """Return the people that a text names, without the inviter.

    Raises ValidationError with a reason for each name that is wrong, or who is a member of the room already.
    """
    names = list(dict.fromkeys(re.split(r"[\s,;]+", NAMED_ADDRESS.sub(r"\1", text).strip(" \n\t,;"))))
    names = [name.removeprefix("@") for name in names if name]
    if len(names) > LIMIT:
        raise _error([_("Invite %(limit)d people at most at once.") % {"limit": LIMIT}])
    addresses = [name for name in names if "@" in name]
    users, unknown = _users_named([name for name in names if "@" not in name])
    users = [user for user in users if user != inviter]
    if wrong := [*_unknown(unknown), *_unreachable(addresses), *_members(users, room)]:
        raise _error(wrong)
    return Guests(users, addresses)


def _error(reasons: list[str]) -> ValidationError:
    return ValidationError({"people": reasons})


def _users_named(names: Collection[str]) -> tuple[list[User], list[str]]:
    """Return the active users with these present or former names, and the names that nobody has."""
    keys = {fold(name): name for name in names}
    found = User.objects.filter(is_active=True).select_related("profile").named(keys)
    users = {user.pk: user for user in found.values()}
    return list(users.values()), [name for key, name in keys.items() if key not in found]


def _unknown(names: list[str]) -> Iterator[str]:
    for name in names:
        yield _("There's no user called “%(name)s”.") % {"name": name}


def _unreachable(addresses: list[str]) -> Iterator[str]:
    if addresses and not settings.CAN_SEND_MAIL:
        text = _("This server can't send email. Share an invite link with %(names)s instead.")
        yield text % {"names": ", ".join(addresses)}
        return
    for address in addresses:
        if len(address) > 254 or not _is_address(address):
            yield _("“%(name)s” isn't a valid email address.") % {"name": address}


def _is_address(text: str) -> bool:
    try:
        mailbox(text)
    except ValidationError:
        return False
    return len(text.rpartition("@")[0]) <= MAX_LOCAL


def _members(users: list[User], room: Room | None) -> Iterator[str]:
    """Yield a reason for each user who is a member of the room, or banned from it."""
    found = Membership.objects.filter(room=room, user__in=users).select_related("user") if room and users else ()
    for membership in found:
        text = _("%(name)s is banned from this room.") if membership.banned_at else _("%(name)s is already a member.")
        yield text % {"name": membership.user.username}
