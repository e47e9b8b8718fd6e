"""Block a person."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_rtchat.actions.blocking import block_user
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_users.forms.fields import LineField
from a_users.models import User
from a_users.usernames import MAX_LENGTH


class BlockForm(CommandForm):
    """The other person."""

    username = LineField(max_length=MAX_LENGTH)


def block(visitor: Visitor, values: Values) -> Reply:
    """Block the person."""
    other = person(visitor, values["username"])
    block_user(visitor.user, other)
    return Reply(value=other)


def person(visitor: Visitor, username: str) -> User:
    """Return the person to block or unblock. Raises ValidationError."""
    other = User.objects.filter(username=username).first()
    if other is None:
        raise ValidationError({"username": _("This user doesn't exist.")}, code="username")
    if other == visitor.user:
        raise ValidationError({"username": _("You can't block yourself.")}, code="username")
    return other


register(Command(name="block", form=BlockForm, actor=Visitor, pace=pace.contacting, action=block))
