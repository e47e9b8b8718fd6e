"""Take back one's own request to join a private room."""

from django.http import Http404

from a_live.consumers import Reply
from a_rtchat.actions.requests import withdraw_request
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.models import Room


def withdraw(visitor: Visitor, values: Values) -> Reply:
    """Withdraw it. Raises Http404 if the room doesn't exist, or takes no requests of this user."""
    try:
        withdraw_request(visitor.user, visitor.slug)
    except Room.DoesNotExist:
        raise Http404("No such room.") from None
    return Reply()


register(Command(name="withdraw", actor=Visitor, pace=pace.withdrawing, action=withdraw))
