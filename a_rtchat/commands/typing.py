"""Tell a room that someone is typing."""

from a_live.consumers import Reply
from a_live.limits import Bucket
from a_rtchat import broadcasts
from a_rtchat.commands.registry import Command, Sender, Values, register

PER_SECOND = 0.4  # per user and room; the note is shown for five seconds, so more would add nothing

notes = Bucket(1, PER_SECOND)


def typing(sender: Sender, values: Values) -> Reply:
    """Tell the room's current readers; drop frames over the rate, and those of members who can't post."""
    is_heard = sender.reader is None or sender.reader.is_heard
    if is_heard and not notes.take((sender.user_id, sender.topic)):
        broadcasts.typing(sender.topic, sender.user_id, sender.name)
    return Reply()


register(Command(name="typing", actor=Sender, pace=None, action=typing))
