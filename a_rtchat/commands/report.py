"""Report a message to the moderators."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat.actions.reports import report_message
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm, SeqField
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership
from a_users.forms.profile import ParagraphsField


class ReportForm(CommandForm):
    """The message, and what is wrong with it."""

    seq = SeqField(widget=forms.HiddenInput)
    reason = ParagraphsField(
        label=_("What's wrong?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Only those who moderate see your report."),
    )


def report(membership: Membership, values: Values) -> Reply:
    """Report a message to the moderators."""
    report_message(membership, values["seq"], values["reason"])
    return Reply()


register(Command(name="report", form=ReportForm, pace=pace.reporting, action=report))
