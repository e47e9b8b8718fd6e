"""The servers under load: how a member opens a socket to each, and what a message to it looks like."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from bench.audit import newest_revision
from bench.client import Door, upgrade_request
from bench.ledger import ID_LENGTH, MARKER
from bench.storage import Database

BODY = (
    "Good morning everyone. The new build is up since ten, please have a look at it before we meet at noon, "
    "and tell me here what is still missing."
)

Server = tuple[int, int]  # its port and its process id


@dataclass
class Target:
    """What is under load, and how to talk to it: one server, or several processes of one.

    `doors` returns where each of the first N members of the room of N knocks, `frame` the text that posts a
    message of a client_id. `database` is what the servers store into, if they do.
    """

    name: str
    pids: list[int]
    doors: Callable[[int], list[Door]]
    frame: Callable[[str], bytes]
    database: Database | None = None


def app_target(servers: list[Server], database: Database, cookies: list[str], rooms: dict[int, str]) -> Target:
    """Return the application as a target: each member has a session of their own and a seat in their room."""

    def doors(members: int) -> list[Door]:
        path = f"/ws/rooms/{rooms[members]}/?since={newest_revision(database, rooms[members])}"  # as a page asks
        turns = cycle(port for port, _ in servers)
        return [
            (port, upgrade_request(f"127.0.0.1:{port}", path, cookie))
            for port, cookie in zip(turns, cookies[:members], strict=False)
        ]

    return Target("app", [pid for _, pid in servers], doors, app_frame, database)


def app_frame(client_id: str) -> bytes:
    """Return the frame that posts a message to a room."""
    return json.dumps({"body": BODY, "client_id": client_id}).encode()


def echo_target(port: int, pid: int, fragment: bytes) -> Target:
    """Return the bare echo as a target: what is sent to it is as long as a fragment of the application."""
    start = fragment.index(MARKER) + len(MARKER)
    before, after = fragment[:start], fragment[start + ID_LENGTH :]

    def doors(members: int) -> list[Door]:
        return [(port, upgrade_request(f"127.0.0.1:{port}", "/")) for _ in range(members)]

    return Target("echo", [pid], doors, lambda client_id: before + client_id.encode() + after)
