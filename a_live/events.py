"""The three kinds of events, which an app can publish from any thread.

- Durable: a change in a topic's log. It has a revision, arrives in order, and is replayed to readers who missed it.
- State: the latest state of something personal. It is sent again when a socket reconnects.
- Ephemeral: something short-lived, such as typing. It is neither stored nor repeated.

Each is delivered to this process's readers directly, and to other processes through the channel layer.
"""

import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

from asgiref.sync import async_to_sync

from a_live.channel import EVERYONE, publish


class Change(NamedTuple):
    """A durable change in a topic: its revision and its fragment."""

    revision: int
    html: str


def publish_changes(topic: str, changes: list[Change], number: int | None = None) -> None:
    """Publish committed changes of a topic, in order of revision, and its new number to those who look elsewhere."""
    _send(topic, {"type": "changes", "topic": topic, "changes": changes, "number": number})


def publish_follow(user_id: int, topic: str, number: int, is_close: bool = False) -> None:
    """Let a user follow a topic; the people of a close one are shown to them on every page."""
    _send(EVERYONE, make_event("follow", user=user_id, topic=topic, number=number, is_close=is_close))


def publish_unfollow(user_ids: Iterable[int], topic: str) -> None:
    """Let users no longer follow a topic."""
    _send(EVERYONE, make_event("unfollow", users=list(user_ids), topic=topic))


def publish_refollow(user_ids: Iterable[int]) -> None:
    """Read again what users follow, and from whom they hide."""
    _send(EVERYONE, make_event("refollow", users=list(user_ids)))


def publish_state(user_ids: Iterable[int], html: str) -> None:
    """Publish a fragment with the latest state to all sockets of the given users."""
    _send(EVERYONE, make_event("state", users=list(user_ids), html=html))


def publish_ephemeral(topic: str, html: str, author: int) -> None:
    """Publish what a user does to the current readers of a topic, except to those who block them or whom they block."""
    _send(topic, make_event("ephemeral", topic=topic, html=html, author=author))


def publish_close(code: int, **whose: Any) -> None:
    """Close the sockets that match all of the given `user`, `session` and `topic`."""
    _send(EVERYONE, make_event("close", code=code, **whose))


def make_event(type: str, **content: Any) -> dict[str, Any]:
    """Return an event without a revision; its id tells a repetition."""
    return {"type": type, "id": uuid.uuid4().hex, **content}


def _send(group: str, event: dict[str, Any]) -> None:
    """Pass an event to this process's hub, which publishes it in the background; publish it here if there is no hub."""
    from a_live.bulletins import bulletin
    from a_live.hub import serving_hub

    if hub := serving_hub():
        hub.loop.call_soon_threadsafe(hub.announce, group, event)
    else:
        async_to_sync(publish)(group, [event])
        if event.get("number") is not None:
            news = bulletin("", 0, news=[(event["topic"], event["number"])])
            async_to_sync(publish)(EVERYONE, [news])
