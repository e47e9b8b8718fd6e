"""Open the direct room with one or several people."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from a_live.consumers import Reply
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_users.forms.fields import LineField
from a_users.models import User
from a_users.usernames import MAX_LENGTH, fold

MAX_PEOPLE = 8  # besides the one who starts the conversation


class DirectForm(CommandForm):
    """The other people: usernames with spaces or commas between them."""

    username = LineField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("Up to 8 usernames, with spaces or commas between them."),
        max_length=(MAX_LENGTH + 2) * 2 * MAX_PEOPLE,
        error_messages={"required": gettext_lazy("Choose at least one person.")},
    )


def direct(visitor: Visitor, values: Values) -> Reply:
    """Open the direct room, creating it on first use."""
    people = find_people(visitor.user, names_in(values["username"]))
    return Reply(value=open_direct_room(visitor.user, *people))


def names_in(text: str) -> list[str]:
    """Return the usernames in a text, each once."""
    names = (name.removeprefix("@") for name in text.replace("\0", " ").replace(",", " ").split())
    return list({fold(name): name for name in names if name}.values())


def find_people(user: User, names: list[str]) -> list[User]:
    """Return the other users with these names, or the user if there is no other. Raises ValidationError."""
    if not names:
        raise ValidationError({"username": _("Choose at least one person.")}, code="username")
    if len(names) > 2 * MAX_PEOPLE:
        raise too_many()
    found = User.objects.filter(is_active=True).named(names)
    if unknown := [name for name in names if fold(name) not in found]:
        reason = ngettext("No user is called %(names)s.", "No users are called %(names)s.", len(unknown))
        raise ValidationError({"username": reason % {"names": ", ".join(unknown)}}, code="username")
    others = {person.pk: person for person in found.values() if person != user}
    if len(others) > MAX_PEOPLE:
        raise too_many()
    return list(others.values()) or [user]


def too_many() -> ValidationError:
    """Return the refusal of a conversation with too many people."""
    reason = _("Conversations can have up to %(count)d other people.") % {"count": MAX_PEOPLE}
    return ValidationError({"username": reason}, code="username")


register(Command(name="direct", form=DirectForm, actor=Visitor, pace=pace.contacting, action=direct))
