"""Leave a room."""

from a_live.consumers import Reply
from a_rtchat.actions.members import leave_room
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class LeaveForm(CommandForm):
    """Nothing: the room is where the command is given."""


def leave(membership: Membership, values: Values) -> Reply:
    """Leave the room. Raises ValidationError in a direct one."""
    leave_room(membership)
    return Reply()


register(Command(name="leave", form=LeaveForm, action=leave))
