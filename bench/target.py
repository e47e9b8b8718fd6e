"""The two servers under load: how a member opens a socket to each, and what a message to it looks like."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.audit import newest_revision
from bench.client import upgrade_request
from bench.ledger import ID_LENGTH, MARKER

BODY = (
    "Good morning everyone. The new build is up since ten, please have a look at it before we meet at noon, "
    "and tell me here what is still missing."
)


@dataclass
class Target:
    """A server under load: its port and process, and how to talk to it.

    `requests` returns the upgrade requests of the first N members, `frame` the text that posts a message of a
    client_id. `database` is the SQLite file behind the server, where there is one.
    """

    name: str
    port: int
    pid: int
    requests: Callable[[int], list[bytes]]
    frame: Callable[[str], bytes]
    database: Path | None = None


def app_target(port: int, pid: int, database: Path, cookies: list[str], rooms: dict[int, str]) -> Target:
    """Return the application as a target: each member has a session of their own and a seat in their room."""

    def requests(members: int) -> list[bytes]:
        slug = rooms[members]
        path = f"/ws/rooms/{slug}/?since={newest_revision(database, slug)}"  # as a page would ask
        return [upgrade_request(f"127.0.0.1:{port}", path, cookie) for cookie in cookies[:members]]

    return Target("app", port, pid, requests, app_frame, database)


def app_frame(client_id: str) -> bytes:
    """Return the frame that posts a message to a room."""
    return json.dumps({"body": BODY, "client_id": client_id}).encode()


def echo_target(port: int, pid: int, fragment: bytes) -> Target:
    """Return the bare echo as a target: what is sent to it is as long as a fragment of the application."""
    start = fragment.index(MARKER) + len(MARKER)
    before, after = fragment[:start], fragment[start + ID_LENGTH :]

    def requests(members: int) -> list[bytes]:
        return [upgrade_request(f"127.0.0.1:{port}", "/") for _ in range(members)]

    return Target("echo", port, pid, requests, lambda client_id: before + client_id.encode() + after)
