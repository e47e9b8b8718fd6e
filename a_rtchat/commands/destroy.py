"""Delete a room with everything in it."""

from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.settings import destroy_room
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_users.forms.fields import LineField


class DestroyForm(CommandForm):
    """The room's name, typed by its owner."""

    name = LineField(label=_("Type the room's name to confirm"), max_length=80)


def destroy(membership: Membership, values: Values) -> Reply:
    """Delete a room with everything in it."""
    destroy_room(membership, values["name"])
    return Reply()


register(Command(name="destroy", form=DestroyForm, pace=pace.moderating, action=destroy))
