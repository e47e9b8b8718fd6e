"""What one does with messages: write in one transaction, then announce after the commit."""

import uuid
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from a_rtchat import broadcasts, markdown
from a_rtchat.models import Membership, Message, Room


def post_message(membership: Membership, body: str, client_id: uuid.UUID | None = None) -> tuple[Message, bool]:
    """Store a message and announce it to the room; return it and whether it is new.

    A client_id that the author has used in this room returns the first message, announces nothing and changes
    nothing. Raises ValidationError where that client_id belongs to a message of another room.
    """
    client_id = client_id or uuid.uuid4()
    try:
        with transaction.atomic():
            message = _insert(membership, body, client_id)
            transaction.on_commit(partial(broadcasts.message_posted, message))
    except IntegrityError:
        return _first_sent(membership, client_id), False
    return message, True


def _insert(membership: Membership, body: str, client_id: uuid.UUID) -> Message:
    body_html = markdown.render(body)  # before the room's row is locked
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
        raise ValidationError("This client_id belongs to a message of another room.", code="client_id")
    return message
