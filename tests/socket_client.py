"""A WebSocket client for real servers."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.test import Client
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from a_users.models import User

MESSAGE = re.compile(
    r'<article class="message" id="message-(\d+)" data-seq="(\d+)" data-revision="(\d+)".*?'
    r'<div class="prose" dir="auto">(.*?)</div>',
    re.DOTALL,
)


def cookie_of(user: User) -> str:
    """Sign in a user and return the Cookie header."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def open_socket(origin: str, slug: str, cookie: str, since: int | None = None, **options: Any) -> connect:
    """Return a connection to a room, to await or to use with `async with`."""
    query = "" if since is None else f"?since={since}"
    url = f"{origin.replace('http', 'ws')}/ws/rooms/{slug}/{query}"
    return connect(url, origin=Origin(origin), additional_headers={"Cookie": cookie}, **options)


async def send(socket: ClientConnection, **frame: object) -> None:
    """Send a JSON frame."""
    await socket.send(json.dumps(frame))


def messages_in(fragment: str) -> list[tuple[int, int, int, str]]:
    """Return (pk, seq, revision, html) of each message in a fragment or page."""
    return [(int(pk), int(seq), int(revision), html) for pk, seq, revision, html in MESSAGE.findall(fragment)]
