"""Let a member only read, for a while or for good."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import FOREVER, NO_DATE, SPAN_NAMES, MemberForm, UntilField
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class MuteForm(MemberForm):
    """The member, and until when."""

    until = UntilField(
        label=_("For how long?"),
        error_messages={"required": NO_DATE},
        widget=forms.Select(choices=[*SPAN_NAMES, (FOREVER, _("Until someone unmutes them"))]),
    )


def mute(membership: Membership, values: Values) -> Reply:
    """Let a member only read, for a while or for good."""
    moderation.mute(membership, values["username"], values["until"])
    return Reply()


register(Command(name="mute", form=MuteForm, pace=pace.moderating, action=mute))
