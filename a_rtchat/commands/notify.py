"""Choose what a room notifies of."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions import listing
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_users.forms.fields import TextField
from a_users.timezones import zone_named

TOMORROW = "tomorrow"


class NotifyForm(CommandForm):
    """The level, or `tomorrow` for nothing until the next morning in a time zone."""

    notify = forms.ChoiceField(
        label=_("Notify me about"),
        choices=[*Membership.Notify.choices, (TOMORROW, _("Nothing until tomorrow"))],
        widget=forms.RadioSelect,
    )
    zone = TextField(required=False, max_length=64, widget=forms.HiddenInput)


def notify(membership: Membership, values: Values) -> Reply:
    """Set the member's level, or snooze the room."""
    if values["notify"] == TOMORROW:
        listing.snooze(membership, zone_named(values["zone"]))
    else:
        listing.set_notify(membership, values["notify"])
    return Reply()


register(Command(name="notify", form=NotifyForm, pace=pace.arranging, action=notify))
