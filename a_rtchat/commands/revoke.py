"""Revoke an invite."""

from django.db import transaction

from a_live.consumers import Reply
from a_rtchat.actions.invites import revoke_invite
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm, IdField
from a_rtchat.commands.registry import Command, Values, Visitor, register


class RevokeForm(CommandForm):
    """The invite."""

    invite = IdField()


def revoke(visitor: Visitor, values: Values) -> Reply:
    """Revoke it; nothing happens if it is gone already."""
    with transaction.atomic():
        revoke_invite(visitor.enter("invite"), values["invite"])
    return Reply()


register(Command(name="revoke", form=RevokeForm, actor=Visitor, pace=pace.inviting, action=revoke))
