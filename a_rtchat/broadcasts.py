"""What the world is told, after the commit: each fragment rendered once, then handed to the channel layer.

The channel layer is a hint, the database is the truth: a failure here is logged and never reaches the author,
because the hubs find what they missed in the database.
"""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from a_rtchat.models import Membership, Message, Room

logger = logging.getLogger(__name__)

PEOPLE = "people"  # the group of every process: what concerns a user, wherever their sockets are


def room_group(room_id: int) -> str:
    """Return the channel-layer group of a room."""
    return f"room.{room_id}"


def render_posted(message: Message) -> str:
    """Return the fragment that shows a message: the same bytes for every reader."""
    return render_to_string("a_rtchat/stream/message_posted.html", {"message": message})


def message_posted(message: Message) -> None:
    """Tell a room's readers of a new message."""
    event = {
        "type": "room.event",
        "room": message.room_id,
        "revision": message.revision,
        "html": render_posted(message),
    }
    _send(room_group(message.room_id), event)


def member_admitted(membership: Membership) -> None:
    """Show a room in the list of someone who has just been let in."""
    room = Room.objects.titled_for(membership.user).get(pk=membership.room_id)
    html = render_to_string("a_rtchat/stream/member_admitted.html", {"room": room})
    _send(PEOPLE, {"type": "people.event", "user": membership.user_id, "html": html})


def _send(group: str, event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    try:
        async_to_sync(layer.group_send)(group, event)
    except (RedisError, OSError, TimeoutError, ChannelFull) as error:
        logger.warning("%s did not reach %s (%s); the hubs will find it in the database", event["type"], group, error)
