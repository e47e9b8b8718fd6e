"""The baseline for fan-out: a bare ASGI application that sends every text frame to every open socket.

Without a framework, database, Redis or accounts, only the cost of the server remains.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]

sockets: set[Send] = set()


async def application(scope: Event, receive: Callable[[], Awaitable[Event]], send: Send) -> None:
    """Serve a socket: send each of its texts to all sockets, including itself."""
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            await fan_out({"type": "websocket.send", "text": event["text"]})
    finally:
        sockets.discard(send)


async def fan_out(event: Event) -> None:
    """Send a text to all open sockets."""
    for send in tuple(sockets):
        await send(event)
