"""The benchmark runs, what it measures is audited, and its client reads every frame."""

import json
import random
import subprocess
import sys

from bench.client import frames
from tests import services


def test_a_short_run_loses_nothing():
    services.require("Redis")
    command = [sys.executable, "-m", "bench", "--quick"]
    ended = subprocess.run(command, cwd=services.BASE_DIR, capture_output=True, text=True, timeout=190, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads((services.BASE_DIR / "bench/results/quick.json").read_text())["figures"]
    assert len(figures) > 12 and all(figure["lost"] == 0 for figure in figures)
    assert all(figure["value"] > 0 for figure in figures if figure["unit"] != "KB"), ended.stdout


def test_the_client_finds_every_frame_of_reads_that_are_cut_anywhere():
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


def server_frame(payload: bytes) -> bytes:
    """Return a text frame as a server sends it."""
    size = len(payload)
    if size < 126:
        return bytes([0x81, size]) + payload
    return (b"\x81\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x81\x7f" + size.to_bytes(8, "big")) + payload
