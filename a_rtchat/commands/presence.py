"""Tell whether a tab is on screen."""

from django import forms

from a_live.consumers import Reply
from a_live.hub import current_hub
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Sender, Values, register


class PresenceForm(CommandForm):
    """Whether the tab is in the foreground and in use (`here`) or not (`away`)."""

    state = forms.ChoiceField(choices=[("here", "here"), ("away", "away")])


def presence(sender: Sender, values: Values) -> Reply:
    """Note it, and tell others within a second."""
    if sender.reader is not None:
        sender.reader.is_visible = values["state"] == "here"
        current_hub().presence.touch(sender.user_id)
    return Reply()


register(Command(name="presence", form=PresenceForm, actor=Sender, needs_room=False, pace=None, action=presence))
