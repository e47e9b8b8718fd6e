"""Answer a browser that checks whether its socket is alive."""

from a_live.consumers import PONG, Reply
from a_rtchat.commands.registry import Command, Sender, Values, register


def ping(sender: Sender, values: Values) -> Reply:
    """Return the pong."""
    return Reply(PONG)


register(Command(name="ping", actor=Sender, needs_room=False, pace=None, action=ping))
