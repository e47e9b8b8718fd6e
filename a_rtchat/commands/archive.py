"""Make a room read-only."""

from a_live.consumers import Reply
from a_rtchat.actions.settings import archive_room
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def archive(membership: Membership, values: Values) -> Reply:
    """Make a room read-only."""
    return Reply(value=archive_room(membership))


register(Command(name="archive", pace=pace.moderating, action=archive))
