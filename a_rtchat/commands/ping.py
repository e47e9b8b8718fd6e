"""Answer a browser that checks whether its socket is alive."""

from a_live.consumers import PONG, Reply
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Sender, Values, register


class PingForm(CommandForm):
    """No fields."""


def ping(sender: Sender, values: Values) -> Reply:
    """Return the pong."""
    return Reply(PONG)


register(Command(name="ping", form=PingForm, actor=Sender, needs_room=False, pace=None, action=ping))
