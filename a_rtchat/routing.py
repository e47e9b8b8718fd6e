"""Socket addresses."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import path, re_path

from a_rtchat.consumers import ClosingConsumer, RoomConsumer

ASGIApplication = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

websocket_urlpatterns = [
    path("ws/rooms/<slug:slug>/", RoomConsumer.as_asgi()),
    re_path(r"", ClosingConsumer.as_asgi()),
]


def keep_server_send(application: ASGIApplication) -> ASGIApplication:
    """Wrap an application so that its scope carries the server's own `send`.

    The session middleware wraps `send` in a check that halves the fan-out; the hub needs no session.
    """

    async def keep(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await application({**scope, "server_send": send}, receive, send)

    return keep
