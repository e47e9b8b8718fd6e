"""Leave a room."""

from a_live.consumers import Reply
from a_rtchat.actions.members import leave_room
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class LeaveForm(CommandForm):
    """No fields: the membership determines the room."""


def leave(membership: Membership, values: Values) -> Reply:
    """Leave the room."""
    leave_room(membership)
    return Reply()


register(Command(name="leave", form=LeaveForm, pace=pace.leaving, action=leave))
