"""Requests that hash or decode have threads of their own."""

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.testing import ApplicationCommunicator

from config import lanes
from config.http import ThreadedHTTP
from config.http_body import limit_of
from config.http_threads import Threads
from tests.http_client import ask


@pytest.mark.parametrize(
    ("method", "path", "lane"),
    [
        ("POST", "/accounts/login/", lanes.slow),
        ("POST", "/accounts/signup/", lanes.slow),
        ("POST", "/accounts/password/change/", lanes.slow),
        ("POST", "/accounts/reauthenticate/", lanes.slow),
        ("POST", "/admin/login/", lanes.slow),
        ("POST", "/admin/a_users/profile/1/change/", lanes.slow),
        ("POST", "/profile/edit/", lanes.slow),
        ("POST", "/profile/settings/delete/", lanes.slow),
        ("POST", "/welcome/", lanes.slow),
        ("POST", "/accounts/logout/", lanes.pages),
        ("POST", "/rooms/lobby/messages/", lanes.pages),
        ("POST", "/rooms/profile/join/", lanes.pages),
        ("GET", "/accounts/login/", lanes.pages),
        ("GET", "/profile/edit/", lanes.pages),
    ],
)
def test_the_lane_depends_on_method_and_path(method, path, lane):
    assert lanes.lane_of(method, path) is lane


def test_the_slow_lane_lets_others_go_first():
    async def priority(threads):
        return await threads.run("", os.getpriority, os.PRIO_PROCESS, 0)

    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert asyncio.run(priority(Threads(1, "pages", 1))) == own
    assert asyncio.run(priority(Threads(1, "slow", 1, lanes.NICENESS))) == min(19, own + 10)


async def status_of(application, method, path):
    """Send a request to an ASGI application and return the status of the response."""
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": b"", "headers": []}
    browser = ApplicationCommunicator(application, scope)
    await browser.send_input({"type": "http.request"})
    start = await browser.receive_output(timeout=10)
    return start["status"]


def test_a_page_is_answered_while_40_logins_keep_every_slow_thread_busy():
    release = threading.Event()

    def app(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            release.wait(30)
        start_response("200 OK", [])
        return [b"ok"]

    async def attack():
        application = ThreadedHTTP(app, lanes.lane_of, limit_of)
        logins = [asyncio.ensure_future(status_of(application, "POST", "/accounts/login/")) for _ in range(40)]
        await asyncio.sleep(0.1)
        try:
            assert await asyncio.wait_for(status_of(application, "GET", "/rooms/"), 5) == 200
            assert not any(login.done() for login in logins)
        finally:
            release.set()
        assert await asyncio.gather(*logins) == [200] * 40

    asyncio.run(attack())


def test_slow_requests_delay_no_page_and_wait_in_a_queue_of_their_own(server):
    """One thread for them, and a queue of three."""
    with ThreadPoolExecutor(10) as clients:
        slow = [clients.submit(ask, server, "/slow?1", method="POST") for _ in range(10)]
        time.sleep(0.2)
        begun = time.monotonic()
        assert ask(server, "/environ")[0] == 200
        assert time.monotonic() - begun < 0.7
    answers = [job.result() for job in slow]
    refused = [headers for status, headers, _ in answers if status == 503]
    assert [status for status, *_ in answers].count(200) == 10 - len(refused) <= 4
    assert len(refused) < 8
    assert all("retry-after" in {name.lower() for name in headers} for headers in refused)


def test_clients_take_turns_in_a_queue_and_only_the_greedy_one_finds_it_full():
    async def order(threads):
        done: list[str] = []
        threads.run("greedy", time.sleep, 0.1)
        waiting = [threads.run("greedy", done.append, "greedy") for _ in range(10)]
        full = threads.is_full_for("greedy"), threads.is_full_for("modest")
        await asyncio.gather(*waiting, threads.run("modest", done.append, "modest"))
        return full, done.index("modest")

    full, place = asyncio.run(order(Threads(1, "turns", 8)))
    assert full == (True, False)
    assert place <= 3
