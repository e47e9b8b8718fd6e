"""Sockets for tests: real frames through the whole ASGI application, in-process."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from a_rtchat.models import Invite, Room
from a_rtchat.tests.command_examples import first  # noqa: F401 (a fixture)
from a_users.models import User
from config.asgi import application

ORIGIN = b"http://testserver"
ASIDE = re.compile(r'data-signal="(news|presence)"')


class Tab(WebsocketCommunicator):
    """A browser tab's socket."""

    session_key: str

    async def send(self, **frame: object) -> None:
        """Send a JSON frame."""
        await self.send_to(text_data=json.dumps(frame))

    async def next(self) -> str:
        """Return the next fragment, skipping news of other rooms and presence, which arrive at any time."""
        while ASIDE.search(fragment := await self.receive_from(timeout=5)):
            pass
        return fragment

    async def next_signal(self, name: str, seconds: float = 5) -> str:
        """Return the next signal of this name, skipping everything else."""
        async with asyncio.timeout(seconds):
            while f'data-signal="{name}"' not in (fragment := await self.receive_from(timeout=seconds)):
                pass
            return fragment

    async def next_bodies(self, count: int) -> list[str]:
        """Return the texts of the next messages, skipping other fragments."""
        return [text_of(await self.next_message()) for _ in range(count)]

    async def next_message(self) -> str:
        """Return the next fragment with a message."""
        while "<article" not in (fragment := await self.next()):
            pass
        return fragment

    async def close_code(self) -> int:
        """Return the code with which the server closes the socket, skipping fragments before it."""
        while (event := await self.receive_output(timeout=5))["type"] != "websocket.close":
            assert event["type"] == "websocket.send"
        return event["code"]


def text_of(fragment: str) -> str:
    """Return the text of a fragment's first message."""
    found = re.search(r'<div class="prose" dir="auto"><p>(.*?)</p>', fragment, re.DOTALL)
    assert found, fragment
    return found[1]


def make_tab(
    user: User | None, slug: str | None, since: object = None, origin: bytes = ORIGIN, session_key: str = ""
) -> Tab:
    """Return an unopened socket of a user (None if signed out) in a room (None on other pages).

    It has a new session unless one is given.
    """
    headers = [(b"origin", origin), (b"host", b"testserver")]
    if user and not session_key:
        client = Client()
        client.force_login(user)
        session_key = client.cookies[settings.SESSION_COOKIE_NAME].value
    if session_key:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode()))
    query = "" if since is None else f"?since={since}"
    path = "/ws/me/" if slug is None else f"/ws/rooms/{slug}/"
    tab = Tab(application, path + query, headers)
    tab.session_key = session_key
    return tab


OpenTab = Callable[..., Awaitable[Tab]]


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    """A function that opens a socket: `await open_tab(alice, lobby)`; sockets are closed after the test."""
    tabs: list[Tab] = []

    async def open_one(user: User | None, room: Room | str | None, **options: Any) -> Tab:
        slug = room.slug if isinstance(room, Room) else room
        tab = await database_sync_to_async(make_tab)(user, slug, **options)
        connected, _ = await tab.connect(timeout=5)
        assert connected
        tabs.append(tab)
        return tab

    yield open_one
    for tab in tabs:
        await tab.disconnect()


@pytest.fixture
def invite(studio, alice):
    """alice's link to the studio, with two uses."""
    return Invite.objects.create(room=studio, creator=alice, uses_left=2)
