"""Open the direct room with a user."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_rtchat.actions.rooms import open_direct_room
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_users.forms.fields import LineField
from a_users.models import User
from a_users.usernames import MAX_LENGTH


class DirectForm(CommandForm):
    """The other person."""

    username = LineField(max_length=MAX_LENGTH)


def direct(visitor: Visitor, values: Values) -> Reply:
    """Open the direct room, creating it on first use."""
    other = User.objects.filter(username=values["username"], is_active=True).first()
    if other is None:
        raise ValidationError({"username": _("This user doesn't exist.")}, code="username")
    return Reply(value=open_direct_room(visitor.user, other))


register(Command(name="direct", form=DirectForm, actor=Visitor, pace=pace.contacting, action=direct))
