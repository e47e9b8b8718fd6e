"""The benchmark: a short run, its audit, and its WebSocket client."""

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from bench.audit import Account
from bench.client import Socket, frames
from bench.crowd import MARKER, Crowd, Posted, Target
from tests import services


@pytest.mark.once
def test_a_short_run_loses_nothing():
    services.require("Redis")
    command = [sys.executable, "-m", "bench", "--quick"]
    result = subprocess.run(command, cwd=services.BASE_DIR, capture_output=True, text=True, timeout=190, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    figures = json.loads((services.BASE_DIR / "bench/results/quick.json").read_text())["figures"]
    assert len(figures) > 12 and all(figure["lost"] == 0 for figure in figures)
    assert all(figure["value"] > 0 for figure in figures if figure["unit"] != "KB"), result.stdout


def test_the_client_finds_every_frame_in_split_reads():
    payloads = [random.randbytes(random.choice((0, 1, 125, 126, 300, 65_535, 65_536))) for _ in range(200)]
    stream = b"".join(server_frame(payload) for payload in payloads)
    found, pending = [], b""
    while stream:
        size = random.choice((1, 2, 3, 9, 500, 200_000))
        buffer, stream, end = pending + stream[:size], stream[size:], 0
        for _, start, end in frames(buffer):
            found.append(buffer[start:end])
        pending = buffer[end:]
    assert found == payloads


def test_the_audit_counts_errors(tmp_path):
    assert asyncio.run(audited(tmp_path / "good.sqlite3", [1, 2, 3], [1, 2, 3])).passed
    bad = asyncio.run(audited(tmp_path / "bad.sqlite3", [2, 1, 1], [1, 2, 4]))
    assert (bad.lost, bad.duplicated, bad.out_of_order) == (1, 1, 1)
    assert (bad.acknowledged, bad.not_stored, bad.stored_twice, bad.gaps) == (3, 1, 0, 1)


async def audited(path: Path, received: list[int], stored: list[int]) -> Account:
    """Audit three messages, given the numbers that a reader received and those that are stored."""
    ids = {number: str(uuid.UUID(int=number)) for number in range(1, 5)}
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE a_rtchat_message (room_id, seq, client_id)")
    database.executemany("INSERT INTO a_rtchat_message VALUES (1, ?, ?)", [(number, ids[number]) for number in stored])
    database.commit()
    crowd = Crowd(Target("app", [], lambda members: [], str.encode, path))
    author, reader = crowd.sockets = [Socket(b"", crowd.receive), Socket(b"", crowd.receive)]
    crowd.posted = {ids[number].encode(): Posted(number, author, 0.0, 9) for number in (1, 2, 3)}
    for socket, numbers in ((author, [1, 2, 3]), (reader, received)):
        socket.opened.set_result(None)
        texts = [MARKER + ids[number].encode() for number in numbers]
        socket.data_received(b"".join(map(server_frame, texts)))
    return crowd.account("a test")


def server_frame(payload: bytes) -> bytes:
    """Return a text frame from a server."""
    size = len(payload)
    if size < 126:
        return bytes([0x81, size]) + payload
    return (b"\x81\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x81\x7f" + size.to_bytes(8, "big")) + payload
