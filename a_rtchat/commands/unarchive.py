"""Open an archived room again."""

from a_live.consumers import Reply
from a_rtchat.actions.settings import unarchive_room
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def unarchive(membership: Membership, values: Values) -> Reply:
    """Open an archived room again."""
    return Reply(value=unarchive_room(membership))


register(Command(name="unarchive", pace=pace.moderating, action=unarchive))
