"""Posting, editing and deleting messages: write in one transaction, announce after the commit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_live.compiled import CompiledInsert
from a_rtchat import broadcasts, markdown
from a_rtchat.actions.locking import still
from a_rtchat.actions.log import record
from a_rtchat.actions.mentions import address_posts, change_mentions, remove_mentions, store_mentions
from a_rtchat.actions.slow_mode import require_edit_turn, take_turn
from a_rtchat.mentions import Addressed, Text, is_marked
from a_rtchat.models import Membership, Message, Room
from a_rtchat.peers import require_reachable


@dataclass(slots=True)
class Draft:
    """A message about to be posted; `body_html` is its rendered body."""

    membership: Membership
    body: str
    body_html: str
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)
    confirmed: bool = False  # the author knows how many people a mention reaches

    @property
    def text(self) -> Text:
        """Its text, for those who are meant by it."""
        return Text(self.membership, self.body_html, self.confirmed)


def post_message(
    membership: Membership, body: str, client_id: uuid.UUID | None = None, confirmed: bool = False
) -> tuple[Message, bool]:
    """Store a message and announce it to the room; return it and whether it is new.

    For a client_id that the author has already used in this room, return the first message and change nothing. Raises
    ValidationError if they used it in another room.
    """
    draft = Draft(membership, body, markdown.render_or_raise(body), client_id or uuid.uuid4(), confirmed)
    try:
        return post_drafts([draft])[0], True
    except IntegrityError:
        return first_sent(membership, draft.client_id), False


def post_drafts(drafts: Sequence[Draft]) -> list[Message]:
    """Store messages of one room in the given order with one INSERT, and announce them together.

    Raises IntegrityError, storing none of them, if an author has already used one of the client_ids, and
    ValidationError if one of them may not post, can't write to the other person of a direct room, or has to confirm.
    """
    for membership in {draft.membership.pk: draft.membership for draft in drafts}.values():
        membership.require("post")
        require_reachable(membership)
    with transaction.atomic():
        addressed = _address(drafts)
        messages = _insert(drafts)
        transaction.on_commit(partial(broadcasts.messages_posted, messages))
        if addressed:
            store_mentions(messages, addressed)
    return messages


def _address(drafts: Sequence[Draft]) -> list[Addressed]:
    """Return whom drafts mention, and complete their HTML; nothing, without a query, if they have no mention."""
    if not any(is_marked(draft.body_html) for draft in drafts):
        return []
    addressed = address_posts([draft.text for draft in drafts])
    for draft, one in zip(drafts, addressed, strict=True):
        draft.body_html = one.html
    return addressed


def first_sent(membership: Membership, client_id: uuid.UUID) -> Message:
    """Return the message that an author sent with a client_id. Raises ValidationError if it is in another room."""
    message = Message.objects.for_display().get(author=membership.user, client_id=client_id)
    if message.room_id != membership.room_id:
        raise ValidationError(_("This client_id was already used in another room."), code="client_id")
    return message


def edit_message(
    membership: Membership, seq: int, body: str, body_html: str | None = None, confirmed: bool = False
) -> Message:
    """Change a message's body and announce it; return the message. Raises ValidationError if that isn't allowed."""
    body_html = body_html or markdown.render_or_raise(body)
    require_reachable(membership)
    with transaction.atomic():
        membership, message = _lock(membership, seq, "edit")
        if not membership.can_edit(message):
            reason = _("Only the author can edit a message, and deleted messages can't be edited.")
            raise ValidationError(reason, code="edit")
        require_edit_turn(membership)
        body_html = change_mentions(message, Text(membership, body_html, confirmed))
        _change(message, body=body, body_html=body_html, edited_at=timezone.now())
        transaction.on_commit(partial(broadcasts.message_edited, message))
    return message


def delete_message(membership: Membership, seq: int) -> Message:
    """Turn a message into a tombstone without text and announce it; return the message.

    Deleting a tombstone changes nothing. Raises ValidationError if deleting isn't allowed.
    """
    with transaction.atomic():
        membership, message = _lock(membership, seq, "delete")
        if message.deleted_at:
            transaction.set_rollback(True)
            return message
        if not membership.can_delete(message):
            raise ValidationError(_("Only the author or a moderator can delete a message."), code="delete")
        remove_mentions(message)
        _change(message, body="", body_html="", deleted_at=timezone.now())
        if message.author_id != membership.user_id:
            record(membership.room, membership.user, "moderate", message.author, seq=seq)
        transaction.on_commit(partial(broadcasts.message_deleted, message))
    return message


def _lock(membership: Membership, seq: int, verb: str) -> tuple[Membership, Message]:
    """Return the member as they are now, and a message with the room's next revision, which locks the room's row."""
    membership.require(verb)
    revision, access = Room.objects.take_revision_and_access(membership.room_id)
    membership = _as_of(membership, access, verb)
    message = Message.objects.for_display().filter(room=membership.room_id, seq=seq).first()
    if message is None:
        raise ValidationError(_("This message doesn't exist."), code="seq")
    message.revision = revision
    return membership, message


def _as_of(membership: Membership, access: int, verb: str) -> Membership:
    """Return a member as they are under the room's lock: read again only if somebody's access changed meanwhile.

    So a post never follows the ban of its author. Raises ValidationError if they may no longer do something.
    """
    if access == membership.room.access_revision:
        return membership
    current = Membership.objects.enter_all([membership.user_id], membership.room.slug).get(membership.user_id)
    return still(current, verb)


def _change(message: Message, **values: object) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    message.save(update_fields=["revision", *values])


def _insert(drafts: Sequence[Draft]) -> list[Message]:
    """Store messages under the room's next numbers, in two statements for any number of them."""
    seq, revision, access = Room.objects.take_numbers(drafts[0].membership.room_id, len(drafts))
    for draft in drafts:
        draft.membership = _as_of(draft.membership, access, "post")
    places = range(1 - len(drafts), 1)
    messages = [_as_message(draft, seq + place, revision + place) for place, draft in zip(places, drafts, strict=True)]
    _inserter(len(drafts)).run(messages)
    for draft in drafts:  # after the INSERT, which recognises a resend
        take_turn(draft.membership)
    return messages


def _as_message(draft: Draft, seq: int, revision: int) -> Message:
    membership = draft.membership
    values = {"body": draft.body, "body_html": draft.body_html, "client_id": draft.client_id}
    return Message(room=membership.room, author=membership.user, seq=seq, revision=revision, **values)


@cache
def _inserter(count: int) -> CompiledInsert:
    return CompiledInsert(Message, count, key_field="seq")
