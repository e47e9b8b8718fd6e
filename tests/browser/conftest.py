"""Fixtures for tests with a real browser and a real server."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the ORM runs in the thread of Playwright's event loop

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from a_live import events
from a_users.models import User
from tests import services
from tests.server import Server, serve
from tests.socket_client import cookie_of

BROWSER_ARGS = [
    "--no-sandbox",  # root has no sandbox
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use Debian's Chromium."""
    return {**browser_type_launch_args, "executable_path": services.require("Chromium"), "args": BROWSER_ARGS}


@pytest.fixture(autouse=True)
def announce_from_a_thread(monkeypatch):
    """Send the events of the tests' own posts from another thread: this one runs Playwright's event loop."""
    send = events._send

    def send_and_wait(*args: Any) -> None:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(send, *args).result()

    monkeypatch.setattr(events, "_send", send_and_wait)


@pytest.fixture
def server(transactional_db, tmp_path) -> Iterator[Server]:
    """A server process on the test database."""
    with serve(tmp_path / "server.log") as running:
        yield running


class Watch:
    """Collects console errors and warnings, script errors and policy violations."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.server_goes_down = False  # ignore the browser's connection errors

    def on(self, page: Page) -> None:
        """Watch a page."""
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    def hear(self, message: ConsoleMessage) -> None:
        """Record errors and warnings."""
        if self.server_goes_down and re.search(
            r"ERR_(CONNECTION|INTERNET|FAILED)|WebSocket|\[object \w+\]|htmx:", message.text
        ):
            return
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A watch over every page of a test; the test fails if it recorded a problem."""
    watch = Watch()
    yield watch
    assert watch.problems == []


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(server, new_context, watch) -> OpenPage:
    """A function that opens a page in a new browser context, signed in as a user (None: signed out)."""
    return partial(open_context_page, new_context, watch, server)


def open_context_page(
    new_context: Callable[..., BrowserContext],
    watch: Watch,
    server: Server,
    user: User | None,
    path: str = "/",
    **options: Any,
) -> Page:
    """Open a page of a server in a new browser context."""
    context = new_context(base_url=server.origin, **options)
    context.set_default_timeout(10_000)
    if user:
        name, _, value = cookie_of(user).partition("=")
        context.add_cookies([{"name": name, "value": value, "url": server.origin}])
    page = context.new_page()
    watch.on(page)
    page.goto(path)
    return page
