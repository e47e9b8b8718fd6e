"""Mark a room as unread from a message on."""

from a_live.consumers import Reply
from a_rtchat.actions.reading import mark_unread
from a_rtchat.commands import pace
from a_rtchat.commands.form import MessageForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def unread(membership: Membership, values: Values) -> Reply:
    """Move the member's read position to just before the message."""
    mark_unread(membership, values["seq"])
    return Reply()


register(Command(name="unread", form=MessageForm, pace=pace.arranging, action=unread))
