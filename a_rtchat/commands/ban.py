"""Ban someone from the room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import SPAN_NAMES, MemberForm, UntilField
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_users.forms.fields import LineField
from a_users.usernames import MAX_LENGTH


class BanForm(MemberForm):
    """The member, until when, and why."""

    until = UntilField(
        label=_("For how long?"),
        required=False,
        widget=forms.Select(choices=[("", _("For good")), *SPAN_NAMES]),
    )
    reason = LineField(label=_("Reason"), max_length=200, required=False, help_text=_("Only moderators see it."))


class BanByNameForm(BanForm):
    """The form for a page on which the name is typed."""

    username = LineField(
        label=_("Username"),
        max_length=MAX_LENGTH + 1,
        help_text=_("They don't have to be in the room."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("username",)


def ban(membership: Membership, values: Values) -> Reply:
    """Ban someone from the room."""
    moderation.ban(membership, values["username"], values["until"], values["reason"])
    return Reply()


register(Command(name="ban", form=BanForm, pace=pace.moderating, action=ban))
