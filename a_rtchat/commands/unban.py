"""Lift a ban."""

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def unban(membership: Membership, values: Values) -> Reply:
    """Lift a ban."""
    moderation.unban(membership, values["username"])
    return Reply()


register(Command(name="unban", form=MemberForm, pace=pace.moderating, action=unban))
