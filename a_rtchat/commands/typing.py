"""Tell a room that someone is typing."""

from a_live.consumers import Reply
from a_live.limits import Bucket
from a_rtchat import broadcasts
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Sender, Values, register

PER_SECOND = 0.5  # of one user in one room: the note lasts five seconds, so more would say nothing new

pace = Bucket(1, PER_SECOND)


class TypingForm(CommandForm):
    """Nothing: the room is the socket's."""


def typing(sender: Sender, values: Values) -> Reply:
    """Tell those who are in the room now; what comes too often is dropped."""
    if not pace.take((sender.user_id, sender.topic)):
        broadcasts.typing(sender.topic, sender.user_id, sender.name)
    return Reply()


register(Command(name="typing", form=TypingForm, actor=Sender, cost=0, action=typing))
