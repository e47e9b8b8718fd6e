"""Decline an invite that is only for oneself."""

from a_live.consumers import Reply
from a_rtchat.actions.invites import decline_invite
from a_rtchat.commands import pace
from a_rtchat.commands.accept import AcceptForm
from a_rtchat.commands.registry import Command, Values, Visitor, register


class DeclineForm(AcceptForm):
    """The token of an invite's link."""


def decline(visitor: Visitor, values: Values) -> Reply:
    """Delete the invite."""
    decline_invite(visitor.user, values["token"])
    return Reply()


register(Command(name="decline", form=DeclineForm, actor=Visitor, pace=pace.joining, action=decline))
