"""Change a room's name, description and icon."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.settings import change_settings
from a_rtchat.commands import pace
from a_rtchat.commands.fields import EmojiField
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_users.forms.fields import LineField
from a_users.forms.profile import ParagraphsField


class DescribeForm(CommandForm):
    """The room's name, description and icon."""

    name = LineField(label=_("Name"), max_length=80, error_messages={"required": _("Enter a room name.")})
    description = ParagraphsField(
        label=_("Description"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    icon = EmojiField(
        label=_("Emoji"),
        help_text=_("One emoji, shown instead of the default icon."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def describe(membership: Membership, values: Values) -> Reply:
    """Change a room's name, description and icon."""
    return Reply(value=change_settings(membership, "describe", **values))


register(Command(name="describe", form=DescribeForm, pace=pace.moderating, action=describe))
