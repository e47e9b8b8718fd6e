"""Make a member the owner in one's own place."""

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def hand_over(membership: Membership, values: Values) -> Reply:
    """Make a member the owner in one's own place."""
    moderation.hand_over(membership, values["username"])
    return Reply()


register(Command(name="hand_over", form=MemberForm, pace=pace.moderating, action=hand_over))
