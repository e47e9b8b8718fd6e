"""Invite people to a room: with a link, or by name or email address."""

from datetime import timedelta
from typing import NamedTuple

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat import invite_mails
from a_rtchat.actions.invites import create_invite, invite_people
from a_rtchat.commands import pace
from a_rtchat.commands.fields import PeopleField
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.guests import find_guests
from a_rtchat.models import Invite, Membership

HOUR, DAY, WEEK = "3600", "86400", "604800"


class Invited(NamedTuple):
    """The new invites, and whether their mails were sent."""

    invites: list[Invite]
    is_sent: bool


class LinkForm(CommandForm):
    """A link for whoever has it."""

    expires = forms.ChoiceField(
        label=_("Expires after"),
        choices=[(HOUR, _("1 hour")), (DAY, _("1 day")), (WEEK, _("7 days")), ("0", _("Never"))],
        initial=WEEK,
        required=False,
    )
    uses = forms.ChoiceField(
        label=_("Can be used"),
        choices=[("1", _("Once")), ("10", _("10 times")), ("100", _("100 times")), ("0", _("Without limit"))],
        initial="0",
        required=False,
    )
    role = forms.ChoiceField(
        label=_("They join as"),
        choices=[choice for choice in Membership.Role.choices if choice[0] != Membership.Role.OWNER],
        initial=Membership.Role.MEMBER,
        required=False,
    )


class PeopleForm(CommandForm):
    """Invites for one person each."""

    people = PeopleField(
        label=_("Usernames or email addresses"),
        required=True,
        help_text=_("Separated by commas or lines."),
        error_messages={"required": _("Enter a username or an email address.")},
    )


class InviteForm(LinkForm):
    """A link, or invites for people if some are named."""

    people = PeopleField()


def invite(visitor: Visitor, values: Values) -> Reply:
    """Create invites and send their mails."""
    membership = visitor.enter("invite")
    if not values["people"]:
        return Reply(value=Invited([_create_link(visitor, values)], True))
    guests = find_guests(values["people"], visitor.user, membership.room)
    invite_mails.take(visitor.user_id, guests.addresses)
    with transaction.atomic():
        invites = invite_people(visitor.enter("invite"), guests)
    return Reply(value=Invited(invites, invite_mails.send(invites)))


def _create_link(visitor: Visitor, values: Values) -> Invite:
    seconds, uses = int(values["expires"] or WEEK), int(values["uses"] or 0)
    lifetime = timedelta(seconds=seconds) if seconds else None
    with transaction.atomic():
        return create_invite(visitor.enter("invite"), values["role"] or Membership.Role.MEMBER, lifetime, uses or None)


register(Command(name="invite", form=InviteForm, actor=Visitor, pace=pace.inviting, action=invite))
