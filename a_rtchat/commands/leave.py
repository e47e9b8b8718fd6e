"""Leave a room."""

from a_live.consumers import Reply
from a_rtchat.actions.members import leave_room
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def leave(membership: Membership, values: Values) -> Reply:
    """Leave the room."""
    leave_room(membership)
    return Reply()


register(Command(name="leave", pace=pace.leaving, action=leave))
