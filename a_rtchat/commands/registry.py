"""The registry of commands: what a person can do, by a frame, by an HTTP post, or without JavaScript.

A command is a verb with a form (what it takes), an action (what it does) and a cost (how many of a user's posting
tokens it takes; 0 for what is cheap). Each has a module of this package, named after its verb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from a_live.consumers import Reply
from a_live.limits import TooFast
from a_rtchat import fragments
from a_rtchat.commands import pace
from a_rtchat.commands.form import CommandForm
from a_rtchat.models import Membership
from a_users.models import User

Values = dict[str, Any]


@dataclass(frozen=True)
class Visitor:
    """A user who acts outside of a room, such as joining the one with this slug."""

    user: User
    slug: str = ""

    @property
    def user_id(self) -> int:
        """The user's id."""
        return self.user.pk


@dataclass(frozen=True)
class Sender:
    """The user behind a socket, for commands that need no database."""

    user_id: int
    topic: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """A verb.

    `actor` is who can do it: a Membership, a Visitor (HTTP only) or a Sender (frames only), who may also be on a page
    without a room unless it `needs_room`. `prepare` completes the
    values before any lock is taken. `together`, if given, carries out several at once and answers each; it may raise
    IntegrityError, and then each is carried out by `action`.
    """

    name: str
    form: type[CommandForm]
    actor: type = Membership
    needs_room: bool = True
    cost: float = 1.0
    prepare: Callable[[Values], None] | None = None
    action: Callable[[Any, Values], Reply]
    together: Callable[[Sequence[tuple[Membership, Values]]], list[Reply]] | None = None

    def clean(self, data: Mapping[str, Any]) -> Values:
        """Return the valid and completed values of what someone sent. Raises ValidationError."""
        values = self.form.clean_data(data)
        if self.prepare is not None:
            self.prepare(values)
        return values

    def run(self, actor: Any, data: Mapping[str, Any]) -> Reply:
        """Carry out the command for an actor who pays its cost. Raises ValidationError, or TooFast."""
        values = self.clean(data)
        if self.cost and (wait := pace.posting.take(actor.user_id, self.cost)):
            raise TooFast(wait)
        return self.action(actor, values)


COMMANDS: dict[str, Command] = {}


def register(command: Command) -> Command:
    """Add a command to the registry and return it."""
    COMMANDS[command.name] = command
    return command


def refusal(error: ValidationError, data: Mapping[str, Any]) -> Reply:
    """Return the answer that tells a sender, in the active language, why a command was refused."""
    return Reply(fragments.refused(error.messages, data.get("client_id"), getattr(error, "wait", None)))


def unsaved(data: Mapping[str, Any]) -> Reply:
    """Return the answer for a command that failed."""
    return refusal(ValidationError(_("Couldn't save that. Try again.")), data)
