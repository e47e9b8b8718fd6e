"""Mark all rooms as read."""

from a_live.consumers import Reply
from a_rtchat.actions.reading import mark_all_read
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, Visitor, register


def read_all(visitor: Visitor, values: Values) -> Reply:
    """Move the read positions in all of the visitor's rooms to their newest messages."""
    mark_all_read(visitor.user)
    return Reply()


register(Command(name="read_all", actor=Visitor, pace=pace.arranging, action=read_all))
