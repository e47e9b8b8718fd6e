"""Unblock a person."""

from a_live.consumers import Reply
from a_rtchat.actions.blocking import unblock_user
from a_rtchat.commands import pace
from a_rtchat.commands.block import BlockForm, person
from a_rtchat.commands.registry import Command, Values, Visitor, register


class UnblockForm(BlockForm):
    """The other person."""


def unblock(visitor: Visitor, values: Values) -> Reply:
    """Unblock the person."""
    other = person(visitor, values["username"])
    unblock_user(visitor.user, other)
    return Reply(value=other)


register(Command(name="unblock", form=UnblockForm, actor=Visitor, pace=pace.contacting, action=unblock))
