"""A socket frame on its way in: JSON to form to action, in one crossing into the ORM."""

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError

from a_rtchat import fragments
from a_rtchat.actions.messages import post_message
from a_rtchat.forms import MessageForm
from a_rtchat.models import Membership
from a_users.models import User

logger = logging.getLogger(__name__)


def handle(user: User, slug: str, text: str | None) -> str:
    """Carry out one frame (None for a binary one) and return the fragment for its sender alone, or "".

    Opens the door on every frame; raises Membership.DoesNotExist when it was shut since the socket opened.
    """
    frame: dict[str, Any] = {}
    try:
        frame = parse(text)
        return action_of(frame)(Membership.objects.enter(user, slug), frame)
    except ValidationError as error:
        return fragments.refused(error.messages, frame.get("client_id"))
    except DatabaseError:
        logger.exception("a frame for %s was not carried out", slug)
        return fragments.refused(["This could not be stored just now. Try again."], frame.get("client_id"))


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


def post(membership: Membership, frame: dict[str, Any]) -> str:
    """Post the frame's body. A frame sent again is answered with its first message: the room heard it then."""
    form = MessageForm(frame)
    if not form.is_valid():
        raise ValidationError(form.reasons)
    message, is_new = post_message(membership, form.cleaned_data["body"], form.cleaned_data["client_id"])
    return "" if is_new else fragments.message(message)


ACTIONS: dict[str, Callable[[Membership, dict[str, Any]], str]] = {"post": post}


def action_of(frame: dict[str, Any]) -> Callable[[Membership, dict[str, Any]], str]:
    """Return the action that a frame names. Raises ValidationError for an unknown one."""
    name = frame.get("action", "post")
    if not isinstance(name, str) or name not in ACTIONS:
        raise ValidationError("There is no such action.")
    return ACTIONS[name]
