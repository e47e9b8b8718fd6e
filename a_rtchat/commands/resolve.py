"""Close the reports of a message."""

from a_live.consumers import Reply
from a_rtchat.actions.reports import resolve_reports
from a_rtchat.commands import pace
from a_rtchat.commands.form import MessageForm
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


def resolve(membership: Membership, values: Values) -> Reply:
    """Close the reports of a message."""
    resolve_reports(membership, values["seq"])
    return Reply()


register(Command(name="resolve", form=MessageForm, pace=pace.moderating, action=resolve))
