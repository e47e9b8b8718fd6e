"""The three kinds of events that an app publishes, from any thread.

- Durable: a change of a topic's log. It has a revision, arrives in order, and is replayed to those who missed it.
- State: the newest state of something that is one person's own. It is sent again whenever a socket reconnects.
- Ephemeral: something that passes, such as typing. It is neither stored nor repeated.

Each is delivered to this process's readers at once and to other processes through the channel layer.
"""

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync

from a_live.channel import EVERYONE, publish


class Change(NamedTuple):
    """A durable change of a topic: its revision and its fragment."""

    revision: int
    html: str


def publish_changes(topic: str, changes: list[Change]) -> None:
    """Publish durable changes of a topic, already committed, in the order of their revisions."""
    _send(topic, {"type": "changes", "topic": topic, "changes": changes})


def publish_state(user_ids: Iterable[int], html: str) -> None:
    """Publish a fragment with the newest state to all sockets of some users."""
    _send(EVERYONE, {"type": "state", "id": uuid.uuid4().hex, "users": list(user_ids), "html": html})


def publish_ephemeral(topic: str, html: str) -> None:
    """Publish a fragment to whoever follows a topic at this moment."""
    _send(topic, {"type": "ephemeral", "id": uuid.uuid4().hex, "topic": topic, "html": html})


def publish_close(code: int, **whose: Any) -> None:
    """Close the sockets of a `user`, a `session` or a `topic`, or those that match all the given ones."""
    _send(EVERYONE, {"type": "close", "id": uuid.uuid4().hex, "code": code, **whose})


def _send(group: str, event: dict[str, Any]) -> None:
    """Hand an event to this process's hub, which publishes it in the background; without a hub, publish it here."""
    from a_live.hub import serving_hub

    if hub := serving_hub():
        hub.loop.call_soon_threadsafe(hub.announce, group, event)
    else:
        async_to_sync(publish)(group, [event])
