"""Sending a socket the changes that it has missed, page by page, before it goes live."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from a_live import budget
from a_live.hub import current_hub
from a_live.reader import Reader
from a_live.topic import Topic


async def replay(reader: Reader, topic: Topic, state_fragment: Callable[[str, int], str]) -> None:
    """Send the missed changes, announcing their number if there are many; skip them if there are too many.

    The reader has already joined the topic and holds later changes back. `state_fragment` makes the announcement of a
    state and a number of missed changes.
    """
    missed, newest = topic.revision - reader.revision, topic.revision
    if missed >= settings.CHAT_REPLAY_ANNOUNCED:
        await reader.send_html(state_fragment("replaying", missed))
    if missed > settings.CHAT_REPLAY_LIMIT:
        reader.revision = newest  # the page begins anew there
    while reader.revision < newest and not reader.closing:
        await _send_page(reader, topic, newest)
    if missed >= settings.CHAT_REPLAY_ANNOUNCED:
        await reader.send_html(state_fragment("live", 0))


async def _send_page(reader: Reader, topic: Topic, newest: int) -> None:
    """Send the next page of missed changes, and charge its work to the user."""
    changes, seconds = await topic.missed(reader, current_hub().replays)
    budget.charge([reader.user_id], seconds + len(changes) * budget.SEND_SECONDS)
    for revision, html in changes:
        await reader.replay(revision, html)
    if not changes:  # the rest was deleted directly in the database
        reader.revision = newest
