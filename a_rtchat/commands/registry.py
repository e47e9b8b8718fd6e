"""The registry of commands: what users can do, by a frame or by an HTTP post.

A command is a verb with a form (its values), an action (its effect) and a pace (how often a user can do it; None if it
is cheap). Each command has a module in this package, named after its verb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_live.reader import Reader
from a_rtchat import fragments
from a_rtchat.commands.form import CommandForm
from a_rtchat.commands.pace import Pace, posting
from a_rtchat.mentions import is_question
from a_rtchat.models import Membership
from a_users.models import User

Values = dict[str, Any]


@dataclass(frozen=True)
class Visitor:
    """A user who acts outside a room, such as joining the one with this slug."""

    user: User
    slug: str = ""

    @property
    def user_id(self) -> int:
        return self.user.pk

    def enter(self, verb: str) -> Membership:
        """Return the membership in the room. Raises Http404 for strangers, ValidationError if it has no such right."""
        membership = Membership.objects.enter_or_404(self.user, self.slug)
        membership.require(verb)
        return membership


@dataclass(frozen=True)
class Sender:
    """The user behind a socket, for commands that need no database."""

    user_id: int
    topic: str
    name: str
    reader: Reader | None = None


@dataclass(frozen=True, kw_only=True)
class Command:
    """A verb.

    `actor` is the type of user who can do it: a Membership, a Visitor (HTTP only) or a Sender (frames only). A Sender
    can be on a page without a room unless the command `needs_room`. `prepare` completes the values before any lock is
    taken. `action_many` carries out several at once and returns a reply for each; if it raises IntegrityError, each is
    carried out by `action` instead.
    """

    name: str
    form: type[CommandForm] = CommandForm  # without fields
    actor: type = Membership
    needs_room: bool = True
    pace: Pace | None = posting
    prepare: Callable[[Values], None] | None = None
    action: Callable[[Any, Values], Reply]
    action_many: Callable[[Sequence[tuple[Membership, Values]]], list[Reply]] | None = None

    def clean(self, data: Mapping[str, Any]) -> Values:
        """Return the cleaned and completed values. Raises ValidationError."""
        values = self.form.clean_data(data)
        if self.prepare is not None:
            self.prepare(values)
        return values

    def run(self, actor: Any, data: Mapping[str, Any]) -> Reply:
        """Validate, charge the actor, and carry out the command. Raises ValidationError or TooFast.

        A member goes through the door again, in the transaction that writes. Raises Http404 if they have lost access.
        """
        values = self.clean(data)
        if self.pace is not None:
            self.pace.take(actor.user_id)
        if not isinstance(actor, Membership):
            return self.action(actor, values)
        with transaction.atomic():
            return self.action(Membership.objects.enter_or_404(actor.user, actor.room.slug), values)


COMMANDS: dict[str, Command] = {}


def register(command: Command) -> Command:
    """Add a command to the registry and return it."""
    COMMANDS[command.name] = command
    return command


def refusal(error: ValidationError, data: Mapping[str, Any]) -> Reply:
    """Return the reply that says, in the active language, why a command was refused."""
    client_id, wait = data.get("client_id"), getattr(error, "wait", None)
    return Reply(fragments.refused(error.messages, client_id, wait, is_question(error)))


def failure(data: Mapping[str, Any]) -> Reply:
    """Return the reply to a command that failed."""
    return refusal(ValidationError(_("Couldn't save that. Try again.")), data)
