"""Edit a message."""

from a_live.consumers import Reply
from a_rtchat import markdown
from a_rtchat.actions.messages import edit_message
from a_rtchat.commands import pace
from a_rtchat.commands.form import BodyField, CommandForm, ConfirmedField, SeqField
from a_rtchat.commands.registry import Command, Values, register
from a_rtchat.models import Membership


class EditForm(CommandForm):
    """A message's new body."""

    seq = SeqField()
    body = BodyField()
    confirmed = ConfirmedField()


def prepare(values: Values) -> None:
    """Render the body."""
    values["body_html"] = markdown.render_or_raise(values["body"])


def edit(membership: Membership, values: Values) -> Reply:
    """Change a message's body."""
    return Reply(value=edit_message(membership, **values))


register(Command(name="edit", form=EditForm, pace=pace.changing, prepare=prepare, action=edit))
