"""Storing who is meant by messages, in the transaction that writes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from django.db import transaction

from a_rtchat import broadcasts
from a_rtchat.mentions import HERE, Addressed, Text, address, require_confirmed
from a_rtchat.models import Mention, Message

CALLED_HERE = f'data-all="{HERE}"'


def address_posts(texts: Sequence[Text]) -> list[Addressed]:
    """Return who is meant by new messages.

    Raises ValidationError if one reaches many people and its author wasn't asked.
    """
    found = address(texts)
    for text, addressed in zip(texts, found, strict=True):
        require_confirmed(text, addressed)
    return found


def store_mentions(messages: Sequence[Message], found: Sequence[Addressed]) -> None:
    """Store the mentions of new messages in one statement, and tell those who are meant."""
    meant = [(message, one.users) for message, one in zip(messages, found, strict=True) if one.users]
    _add(meant)


def change_mentions(message: Message, text: Text) -> str:
    """Store who is meant by a message's new text, tell those who are now or no longer, and return its final HTML.

    The message still has its old HTML, and the new revision. Raises ValidationError as `address_posts` does.
    """
    addressed = address([text])[0]
    before = _meant_by(message)
    if CALLED_HERE in message.body_html and CALLED_HERE in addressed.html:  # who was there then
        addressed = addressed._replace(users=addressed.users | before)
    require_confirmed(text, addressed, before)
    _add([(message, addressed.users - before)])
    _remove(message, before - addressed.users)
    return addressed.html


def remove_mentions(message: Message) -> None:
    """Remove the mentions of a message that is deleted, and tell those who were meant."""
    _remove(message, _meant_by(message))


def _meant_by(message: Message) -> frozenset[int]:
    if 'class="mention"' not in message.body_html:
        return frozenset()
    return frozenset(message.mentions.values_list("user_id", flat=True))


def _add(meant: Sequence[tuple[Message, Collection[int]]]) -> None:
    rows = [
        Mention(message=one, room=one.room, seq=one.seq, user_id=pk) for one, users in meant for pk in sorted(users)
    ]
    if not rows:
        return
    Mention.objects.bulk_create(rows)
    for message, users in meant:
        transaction.on_commit(partial(broadcasts.mentioned, message, list(users), True))


def _remove(message: Message, users: Collection[int]) -> None:
    if users:
        message.mentions.filter(user__in=users).delete()
        transaction.on_commit(partial(broadcasts.mentioned, message, list(users), False))
