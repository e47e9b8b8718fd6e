"""What the world is told, after the commit: a fragment rendered once, handed to the hub and the channel layer."""

import uuid
from typing import Any

from asgiref.sync import async_to_sync

from a_rtchat import fragments
from a_rtchat.admission import NO_SUCH_ROOM, NOT_SIGNED_IN, REVOKED
from a_rtchat.channel import PEOPLE, publish, room_group
from a_rtchat.hub import serving_hub
from a_rtchat.models import Membership, Message, Room


def message_posted(message: Message) -> None:
    """Tell a room's readers of a new message."""
    _message_changed(message)


def message_edited(message: Message) -> None:
    """Tell a room's readers what a message says now."""
    _message_changed(message)


def message_deleted(message: Message) -> None:
    """Tell a room's readers that a message is a tombstone now."""
    _message_changed(message)


def member_admitted(membership: Membership) -> None:
    """Show a room in the list of someone who has just been let in."""
    room = Room.objects.titled_for(membership.user).get(pk=membership.room_id)
    _tell(user=membership.user_id, html=fragments.admitted(room))


def member_removed(user_id: int, room: Room) -> None:
    """Close someone's sockets into a room that they are no longer in, and take it out of their list."""
    _tell(user=user_id, slug=room.slug, close=REVOKED)
    _tell(user=user_id, html=fragments.removed(room.pk))


def room_deleted(slug: str) -> None:
    """Close all sockets into a room that is gone."""
    _tell(slug=slug, close=NO_SUCH_ROOM)


def session_ended(session_key: str) -> None:
    """Close the sockets of one session: someone signed out."""
    _tell(session=session_key, close=NOT_SIGNED_IN)


def user_revoked(user_id: int) -> None:
    """Close all sockets of someone who was deactivated or has another password now."""
    _tell(user=user_id, close=NOT_SIGNED_IN)


def _tell(**what: Any) -> None:
    _send(PEOPLE, {"type": "people.event", "id": uuid.uuid4().hex, **what})


def _message_changed(message: Message) -> None:
    html = fragments.message(message)
    event = {"type": "room.event", "room": message.room_id, "revision": message.revision, "html": html}
    _send(room_group(message.room_id), event)


def _send(group: str, event: dict[str, Any]) -> None:
    """Hand an event to the process's hub, which carries it on without keeping the caller; else publish it here."""
    if hub := serving_hub():
        hub.loop.call_soon_threadsafe(hub.announce, group, event)
    else:
        async_to_sync(publish)(group, [event])
