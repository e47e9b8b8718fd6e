"""Remove a member from the room."""

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def remove(membership: Membership, values: Values) -> Reply:
    """Remove a member from the room."""
    moderation.remove(membership, values["username"])
    return Reply()


register(Command(name="remove", form=MemberForm, pace=pace.moderating, action=remove))
