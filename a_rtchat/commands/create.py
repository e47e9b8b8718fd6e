"""Create a room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from a_live.consumers import Reply
from a_rtchat import icons, invite_mails
from a_rtchat.actions.invites import invite_people
from a_rtchat.actions.rooms import create_room
from a_rtchat.commands import pace
from a_rtchat.commands.fields import TOO_LONG, EmojiField, PeopleField, PictureField
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.registry import Command, Values, Visitor, register
from a_rtchat.guests import find_guests
from a_rtchat.models import Room
from a_users.forms.fields import LineField
from a_users.forms.profile import ParagraphsField


class CreateForm(CommandForm):
    """A new room: its name, how it looks, who can join it, and whom to invite."""

    name = LineField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Enter a room name."), **TOO_LONG},
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    description = ParagraphsField(
        label=_("Description"),
        max_length=500,
        required=False,
        error_messages=TOO_LONG,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("What is this room about?"),
    )
    kind = forms.ChoiceField(
        label=_("Who can join?"),
        choices=[choice for choice in Room.Kind.choices if choice[0] != Room.Kind.DIRECT],
        widget=forms.RadioSelect,
        initial=Room.Kind.OPEN,
        required=False,
    )
    icon = EmojiField(label=_("Icon"), help_text=_("One emoji, shown instead of the default icon."))
    picture = PictureField(label=_("Picture"), help_text=_("Instead of an emoji. JPEG, PNG, WebP or GIF, up to 5 MB."))
    people = PeopleField(label=_("Invite people"))


def create(visitor: Visitor, values: Values) -> Reply:
    """Create a room, open by default, and invite people; the reply's value is the room and whether mails were sent."""
    guests = find_guests(values.pop("people"), visitor.user)
    invite_mails.take(visitor.user_id, guests.addresses)
    values |= {
        "kind": values["kind"] or Room.Kind.OPEN,
        "picture": icons.read_picture(values["picture"], visitor.user_id),
    }
    membership = create_room(visitor.user, **values)
    invites = invite_people(membership, guests)
    return Reply(value=(membership.room, invite_mails.send(invites)))


register(Command(name="create", form=CreateForm, actor=Visitor, pace=pace.creating, action=create))
