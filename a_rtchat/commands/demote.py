"""Make a moderator an ordinary member."""

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def demote(membership: Membership, values: Values) -> Reply:
    """Make a moderator an ordinary member."""
    moderation.demote(membership, values["username"])
    return Reply()


register(Command(name="demote", form=MemberForm, pace=pace.moderating, action=demote))
