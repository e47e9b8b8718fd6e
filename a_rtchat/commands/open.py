"""Change who can join a room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.settings import change_settings
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership, Room


class OpenForm(CommandForm):
    """Open or private."""

    kind = forms.ChoiceField(
        label=_("Who can join?"),
        choices=[choice for choice in Room.Kind.choices if choice[0] != Room.Kind.DIRECT],
        widget=forms.RadioSelect,
    )


def open(membership: Membership, values: Values) -> Reply:
    """Change who can join a room."""
    return Reply(value=change_settings(membership, "open", kind=values["kind"]))


register(Command(name="open", form=OpenForm, pace=pace.moderating, action=open))
