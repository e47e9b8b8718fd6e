"""Create a room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.rooms import create_room
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.models import Room
from a_users.forms.fields import LineField


class CreateForm(CommandForm):
    """A new room: its name, and who can join it."""

    name = LineField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Enter a room name.")},
    )
    kind = forms.ChoiceField(
        label=_("Who can join?"),
        choices=[choice for choice in Room.Kind.choices if choice[0] != Room.Kind.DIRECT],
        widget=forms.RadioSelect,
        initial=Room.Kind.OPEN,
        required=False,
    )


def create(visitor: Visitor, values: Values) -> Reply:
    """Create a room, open by default."""
    return Reply(value=create_room(visitor.user, values["name"], values["kind"] or Room.Kind.OPEN).room)


register(Command(name="create", form=CreateForm, actor=Visitor, pace=pace.creating, action=create))
