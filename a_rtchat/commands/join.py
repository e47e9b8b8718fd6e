"""Join an open room."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_rtchat.actions.members import join_room
from a_rtchat.commands import pace
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.models import Membership, Room


def join(visitor: Visitor, values: Values) -> Reply:
    """Join the room; do nothing if the visitor is already a member."""
    try:
        return Reply(value=Membership.objects.enter(visitor.user, visitor.slug).room)
    except Membership.DoesNotExist:
        pass  # not a member yet
    try:
        return Reply(value=join_room(visitor.user, visitor.slug).room)
    except Room.DoesNotExist:
        reason = _("No room matches that code. Private rooms need an invitation.")
        raise ValidationError({"code": reason}, code="code") from None


register(Command(name="join", actor=Visitor, pace=pace.joining, action=join))
