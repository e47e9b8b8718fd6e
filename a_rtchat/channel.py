"""The channel layer: the one place that sends to it. It is a hint, the database is the truth.

A failure here is logged and never reaches the author: the hubs find what they missed in the database.
"""

import asyncio
import logging
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer, get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PEOPLE = "people"  # the group of every process: what concerns a user, wherever their sockets are
PATIENCE = 2.0  # seconds that one publication may take before Redis counts as away
AWAY = (RedisError, OSError, TimeoutError, ChannelFull)  # how a channel layer that is away shows


def room_group(room_id: int) -> str:
    """Return the group of a room."""
    return f"room.{room_id}"


def channel_layer() -> BaseChannelLayer:
    """Return the default channel layer."""
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    return layer


async def publish(group: str, events: list[dict[str, Any]]) -> bool:
    """Send events to a group; return whether the channel layer took them."""
    try:
        async with asyncio.timeout(PATIENCE):
            await channel_layer().group_send(group, {"type": "hub.events", "events": events})
    except AWAY as error:
        logger.warning("%d events did not reach %s (%s); the database has them", len(events), group, error)
        return False
    return True
