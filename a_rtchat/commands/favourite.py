"""List a room among the favourites."""

from django import forms

from a_live.consumers import Reply
from a_rtchat.actions.listing import set_favourite
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class FavouriteForm(CommandForm):
    """Whether it is a favourite (1) or no longer (0)."""

    on = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])


def favourite(membership: Membership, values: Values) -> Reply:
    """List the room among the favourites, or no longer."""
    set_favourite(membership, values["on"] == "1")
    return Reply()


register(Command(name="favourite", form=FavouriteForm, pace=pace.arranging, action=favourite))
