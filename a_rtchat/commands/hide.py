"""Hide a room from the list until it has a newer message."""

from a_live.consumers import Reply
from a_rtchat.actions import listing
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def hide(membership: Membership, values: Values) -> Reply:
    """Hide the room."""
    listing.hide(membership)
    return Reply()


register(Command(name="hide", pace=pace.arranging, action=hide))
