"""A real browser against a real server."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread, and so does the ORM

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from a_live import events
from a_users.models import User
from tests import services
from tests.server import Server, serve
from tests.socket_client import cookie_of

SWITCHES = [
    "--no-sandbox",  # root has no sandbox
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive Debian's Chromium."""
    return {**browser_type_launch_args, "executable_path": services.require("Chromium"), "args": SWITCHES}


@pytest.fixture(autouse=True)
def announce_from_a_thread(monkeypatch):
    """Let the tests' own posts be announced from another thread: this one runs Playwright's event loop."""
    send = events._send

    def send_and_wait(*args: Any) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(send, *args).result()

    monkeypatch.setattr(events, "_send", send_and_wait)


@pytest.fixture
def server(transactional_db, tmp_path) -> Iterator[Server]:
    """A server process on the test's database."""
    with serve(tmp_path / "server.log") as running:
        yield running


class Watch:
    """Collects what a page must never produce: console errors, failed scripts, violations of the policy."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.server_goes_down = False  # then the browser's own complaints about it are no trouble

    def on(self, page: Page) -> None:
        """Watch a page."""
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))

    def hear(self, message: ConsoleMessage) -> None:
        """Keep errors and warnings."""
        if self.server_goes_down and re.search(r"ERR_CONNECTION|WebSocket|\[object Event\]", message.text):
            return
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The watch over every page of a test; the test fails when it saw trouble."""
    seen = Watch()
    yield seen
    assert seen.troubles == []


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(server, new_context, watch) -> OpenPage:
    """A function that opens a page in a browser of its own, signed in as a user (None: a stranger)."""

    return partial(open_context_page, new_context, watch, server)


def open_context_page(
    new_context: Callable[..., BrowserContext],
    watch: Watch,
    server: Server,
    user: User | None,
    path: str = "/",
    **options: Any,
) -> Page:
    """Open a page of a server in a browser of its own."""
    context = new_context(base_url=server.origin, **options)
    context.set_default_timeout(10_000)
    if user:
        name, _, value = cookie_of(user).partition("=")
        context.add_cookies([{"name": name, "value": value, "url": server.origin}])
    page = context.new_page()
    watch.on(page)
    page.goto(path)
    return page
