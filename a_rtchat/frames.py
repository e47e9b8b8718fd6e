"""A socket frame on its way in: JSON to form to action, in one crossing into the ORM."""

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError

from a_rtchat import fragments, limits
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.forms import DeleteForm, EditForm, MessageForm
from a_rtchat.models import Membership
from a_users.models import User

logger = logging.getLogger(__name__)


class Reply(NamedTuple):
    """The fragment for a sender alone, or ""; with the revision of the message that it shows, if any."""

    html: str = ""
    revision: int = 0


def handle(user: User | int, slug: str, text: str | None) -> Reply:
    """Carry out one frame (None for a binary one) and return what there is to say to its sender alone.

    Opens the door on every frame; raises Membership.DoesNotExist when it was shut since the socket opened.
    """
    frame: dict[str, Any] = {}
    try:
        frame = parse(text)
        action, membership = action_of(frame), Membership.objects.enter(user, slug)
        limits.keep_pace(membership.user_id)
        return action(membership, frame)
    except ValidationError as error:
        return Reply(fragments.refused(error.messages, frame.get("client_id"), getattr(error, "wait", None)))
    except DatabaseError:
        logger.exception("a frame for %s was not carried out", slug)
        return Reply(fragments.refused(["This could not be stored just now. Try again."], frame.get("client_id")))


def parse(text: str | None) -> dict[str, Any]:
    """Return the JSON object of a frame. Raises ValidationError for anything else."""
    if text is None:
        raise ValidationError("A frame has to be text, not binary.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError("A frame has to be JSON.") from None
    if not isinstance(frame, dict):
        raise ValidationError("A frame has to be a JSON object.")
    return frame


def post(membership: Membership, frame: dict[str, Any]) -> Reply:
    """Post the frame's body. A frame sent again is answered with its message as it is now: the room knows it."""
    values = MessageForm(frame).clean_or_raise()
    message, is_new = post_message(membership, values["body"], values["client_id"])
    return Reply() if is_new else Reply(fragments.message(message), message.revision)


def edit(membership: Membership, frame: dict[str, Any]) -> Reply:
    """Change what a message of the sender says."""
    values = EditForm(frame).clean_or_raise()
    edit_message(membership, values["seq"], values["body"])
    return Reply()


def delete(membership: Membership, frame: dict[str, Any]) -> Reply:
    """Turn a message into a tombstone."""
    delete_message(membership, DeleteForm(frame).clean_or_raise()["seq"])
    return Reply()


Action = Callable[[Membership, dict[str, Any]], Reply]
ACTIONS: dict[str, Action] = {"post": post, "edit": edit, "delete": delete}


def action_of(frame: dict[str, Any]) -> Action:
    """Return the action that a frame names. Raises ValidationError for an unknown one."""
    name = frame.get("action", "post")
    if not isinstance(name, str) or name not in ACTIONS:
        raise ValidationError("There is no such action.")
    return ACTIONS[name]
