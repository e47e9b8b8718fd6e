"""Delete a message."""

from a_live.consumers import Reply
from a_rtchat.actions.messages import delete_message
from a_rtchat.commands import pace
from a_rtchat.commands.form import MessageForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def delete(membership: Membership, values: Values) -> Reply:
    """Turn a message into a tombstone."""
    return Reply(value=delete_message(membership, values["seq"]))


register(Command(name="delete", form=MessageForm, pace=pace.changing, action=delete))
