"""Let a muted member write again."""

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def unmute(membership: Membership, values: Values) -> Reply:
    """Let a muted member write again."""
    moderation.unmute(membership, values["username"])
    return Reply()


register(Command(name="unmute", form=MemberForm, pace=pace.moderating, action=unmute))
