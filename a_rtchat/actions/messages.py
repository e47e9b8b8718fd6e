"""What one does with messages: write in one transaction, then announce after the commit."""

import uuid
from functools import partial
from html import unescape

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts, markdown
from a_rtchat.forms import is_blank
from a_rtchat.models import Membership, Message, Room


def post_message(membership: Membership, body: str, client_id: uuid.UUID | None = None) -> tuple[Message, bool]:
    """Store a message and announce it to the room; return it and whether it is new.

    A client_id that the author has used in this room returns the first message, announces nothing and changes
    nothing. Raises ValidationError where that client_id belongs to a message of another room.
    """
    client_id = client_id or uuid.uuid4()
    body_html = _render(body)  # before the room's row is locked
    try:
        with transaction.atomic():
            message = _insert(membership, body, body_html, client_id)
            transaction.on_commit(partial(broadcasts.message_posted, message))
    except IntegrityError:
        return _first_sent(membership, client_id), False
    return message, True


def edit_message(membership: Membership, seq: int, body: str) -> Message:
    """Change what a message says and announce it; return it. Raises ValidationError where that is not allowed."""
    body_html = _render(body)
    with transaction.atomic():
        message = _lock(membership, seq)
        if not membership.can_edit(message):
            reason = _("Only its author can change a message, and not after it was deleted.")
            raise ValidationError(reason, code="edit")
        _change(message, body=body, body_html=body_html, edited_at=timezone.now())
        transaction.on_commit(partial(broadcasts.message_edited, message))
    return message


def delete_message(membership: Membership, seq: int) -> Message:
    """Turn a message into a tombstone, its text gone, and announce it; return it.

    Deleting what is deleted changes nothing. Raises ValidationError where it is not allowed.
    """
    with transaction.atomic():
        message = _lock(membership, seq)
        if message.deleted_at:
            transaction.set_rollback(True)
            return message
        if not membership.can_delete(message):
            raise ValidationError(_("Only its author or a moderator can delete a message."), code="delete")
        _change(message, body="", body_html="", deleted_at=timezone.now())
        transaction.on_commit(partial(broadcasts.message_deleted, message))
    return message


def _render(body: str) -> str:
    """Return the HTML of a text. Raises ValidationError where it would show nothing, such as a lone quote mark."""
    body_html = markdown.render(body)
    if is_blank(unescape(strip_tags(body_html))):
        raise ValidationError(_("Write something first."), code="blank")
    return body_html


def _lock(membership: Membership, seq: int) -> Message:
    """Return a message of the room under the next revision; the room's row is locked, so nobody else changes it."""
    revision = Room.objects.take_revision(membership.room_id)
    message = Message.objects.for_display().filter(room=membership.room_id, seq=seq).first()
    if message is None:
        raise ValidationError(_("There is no such message."), code="seq")
    message.revision = revision
    return message


def _change(message: Message, **values: object) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    message.save(update_fields=["revision", *values])


def _insert(membership: Membership, body: str, body_html: str, client_id: uuid.UUID) -> Message:
    seq, revision = Room.objects.take_number(membership.room_id)
    return Message.objects.create(
        room=membership.room,
        author=membership.user,
        body=body,
        body_html=body_html,
        seq=seq,
        revision=revision,
        client_id=client_id,
    )


def _first_sent(membership: Membership, client_id: uuid.UUID) -> Message:
    message = Message.objects.for_display().get(author=membership.user, client_id=client_id)
    if message.room_id != membership.room_id:
        raise ValidationError(_("This client_id belongs to a message of another room."), code="client_id")
    return message
