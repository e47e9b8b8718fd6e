"""Publishing to the channel layer, which is only a hint: the database is the truth.

A failure here is logged and doesn't fail the post: hubs read what they missed from the database.
"""

import asyncio
import logging
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer, get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

EVERYONE = "everyone"  # a group that every process joins, for events addressed to users
PUBLISH_TIMEOUT = 2.0  # seconds before Redis counts as unavailable
UNAVAILABLE = (RedisError, OSError, TimeoutError, ChannelFull)  # raised when the channel layer is unavailable


def channel_layer() -> BaseChannelLayer:
    """Return the default channel layer."""
    layer = get_channel_layer()
    assert layer is not None, "CHANNEL_LAYERS has no default"
    return layer


async def publish(group: str, events: list[dict[str, Any]]) -> bool:
    """Send events to a group; return whether the channel layer accepted them."""
    try:
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            await channel_layer().group_send(group, {"type": "hub.events", "events": events})
    except UNAVAILABLE as error:
        logger.warning("%d events did not reach %s: %s", len(events), group, error)
        return False
    return True
