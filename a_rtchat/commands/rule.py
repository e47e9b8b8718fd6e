"""Change a room's rules."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.settings import change_settings
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_rtchat.models.room import SLOW_MODES


class RuleForm(CommandForm):
    """Who may post and how often, and whether people can ask to join."""

    is_announcement = forms.BooleanField(label=_("Announcements only: just moderators can post"), required=False)
    slow_mode = forms.ChoiceField(
        label=_("Slow mode"),
        choices=SLOW_MODES,
        required=False,
        help_text=_("The time between two messages of a member."),
    )
    takes_requests = forms.BooleanField(
        label=_("People can request to join"), required=False, help_text=_("Only matters while the room is private.")
    )


def rule(membership: Membership, values: Values) -> Reply:
    """Change a room's rules."""
    slow_mode = int(values["slow_mode"] or 0)
    return Reply(value=change_settings(membership, "rule", **{**values, "slow_mode": slow_mode}))


register(Command(name="rule", form=RuleForm, pace=pace.moderating, action=rule))
