"""A socket frame on its way in: JSON to form to action, in one crossing into the ORM."""

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from a_rtchat import fragments, limits
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.forms import DeleteForm, EditForm, MessageForm
from a_rtchat.models import Membership

logger = logging.getLogger(__name__)


FRAMES_AT_ONCE = 16  # of one room, in one commit


class Frame(NamedTuple):
    """A frame as it came in: whose it is, into which room, its text (None for a binary one), its sender's language."""

    user_id: int
    slug: str
    text: str | None
    language: str = settings.LANGUAGE_CODE


class Reply(NamedTuple):
    """The fragment for a sender alone, or ""; with the revision of the message that it shows, if any."""

    html: str = ""
    revision: int = 0


def handle_all(waiting: list[Frame]) -> list[Reply | None]:
    """Carry out the frames of one room that wait at the same time: each undone for itself, all in one commit.

    The commit is what a post costs the disk, and the room's row is locked until then. Where it fails, each frame is
    carried out in a commit of its own.
    """
    if len(waiting) > 1:
        try:
            with transaction.atomic():
                inside = Membership.objects.entered({frame.user_id for frame in waiting}, waiting[0].slug)
                return [carry_out(frame, inside.get(frame.user_id)) for frame in waiting]
        except DatabaseError:
            logger.exception("%d frames for %s were not carried out together", len(waiting), waiting[0].slug)
    return [handle(frame) for frame in waiting]


def handle(frame: Frame) -> Reply | None:
    """Carry out one frame as `carry_out` does; where the database fails, say so to its sender."""
    try:
        return carry_out(frame)
    except DatabaseError:
        logger.exception("a frame for %s was not carried out", frame.slug)
        client_id = parse(frame.text).get("client_id")
        with translation.override(frame.language):
            return Reply(fragments.refused([_("This could not be stored just now. Try again.")], client_id))


def carry_out(frame: Frame, membership: Membership | None = None) -> Reply | None:
    """Carry out a frame and return what there is to say to its sender alone.

    Opens the door, unless it was opened for this frame just now; returns None when it was shut since the socket
    opened. Raises django.db.Error.
    """
    values: dict[str, Any] = {}
    with translation.override(frame.language):
        try:
            values = parse(frame.text)
            action = action_of(values)
            membership = membership or Membership.objects.enter(frame.user_id, frame.slug)
            limits.keep_pace(membership.user_id)
            return action(membership, values)
        except ValidationError as error:
            return Reply(fragments.refused(error.messages, values.get("client_id"), getattr(error, "wait", None)))
        except Membership.DoesNotExist:
            return None


def parse(text: str | None) -> dict[str, Any]:
    """Return the JSON object of a frame. Raises ValidationError for anything else."""
    if text is None:
        raise ValidationError(_("A frame has to be text, not binary."))
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError(_("A frame has to be JSON.")) from None
    if not isinstance(frame, dict):
        raise ValidationError(_("A frame has to be a JSON object."))
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
        raise ValidationError(_("There is no such action."))
    return ACTIONS[name]
