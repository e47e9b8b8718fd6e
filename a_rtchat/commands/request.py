"""Ask to join a private room."""

from django.http import Http404

from a_live.consumers import Reply
from a_rtchat.actions.requests import request_to_join
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.models import Room


def request(visitor: Visitor, values: Values) -> Reply:
    """Ask the moderators. Raises Http404 if the room doesn't exist, or takes no requests of this user."""
    try:
        return Reply(value=request_to_join(visitor.user, visitor.slug))
    except Room.DoesNotExist:
        raise Http404("No such room.") from None


register(Command(name="request", actor=Visitor, pace=pace.asking, action=request))
