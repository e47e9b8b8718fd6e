"""Mark a room as read up to a message."""

from a_live.consumers import Reply
from a_rtchat.actions.reading import mark_read
from a_rtchat.commands.form import MessageForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def read(membership: Membership, values: Values) -> Reply:
    """Move the member's read position forward."""
    mark_read(membership, values["seq"])
    return Reply()


register(Command(name="read", form=MessageForm, pace=None, action=read))
