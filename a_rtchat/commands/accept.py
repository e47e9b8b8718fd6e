"""Accept an invite."""

from django.core.exceptions import ValidationError

from a_live.consumers import Reply
from a_rtchat.actions.invites import GONE, accept_invite
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.models import Invite
from a_users.forms.fields import TextField


class AcceptForm(CommandForm):
    """The token of an invite's link."""

    token = TextField(max_length=43, error_messages={"max_length": GONE})


def accept(visitor: Visitor, values: Values) -> Reply:
    """Join the invite's room; the reply's value is the room."""
    try:
        return Reply(value=accept_invite(visitor.user, values["token"]).room)
    except Invite.DoesNotExist:
        raise ValidationError(GONE, code="gone") from None


register(Command(name="accept", form=AcceptForm, actor=Visitor, pace=pace.joining, action=accept))
