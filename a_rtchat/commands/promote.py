"""Give a member a higher role."""

from django import forms

from a_live.consumers import Reply
from a_rtchat.actions import moderation
from a_rtchat.commands import pace
from a_rtchat.commands.member import MemberForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class PromoteForm(MemberForm):
    """The member, and their new role: a moderator unless it says owner."""

    role = forms.ChoiceField(
        choices=[choice for choice in Membership.Role.choices if choice[0] != Membership.Role.MEMBER], required=False
    )


def promote(membership: Membership, values: Values) -> Reply:
    """Give a member a higher role."""
    moderation.promote(membership, values["username"], values["role"] or Membership.Role.MODERATOR)
    return Reply()


register(Command(name="promote", form=PromoteForm, pace=pace.moderating, action=promote))
