"""How busy the cores were, and with whom."""

import os
from dataclasses import dataclass
from time import perf_counter

import psutil

from bench.servers import SERVER_CORE


@dataclass
class Usage:
    """Shares of one core between two moments, 1.0 for all of it.

    `server` is what the processes of the server used together, `busiest` the one of them that used most, `load`
    the load generator. `others` is what the rest of the machine took of the server's core meanwhile: a figure
    measured beside others is too low.
    """

    server: float
    busiest: float
    load: float
    others: float


class Meter:
    """Counts from the moment it is made."""

    def __init__(self, server_pids: list[int]) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *server_pids)]
        self.start = self._read()

    def read(self) -> Usage:
        """Return the use since the start."""
        spans = (now - then for now, then in zip(self._read(), self.start, strict=True))
        elapsed, busy, load, *servers = spans
        server = sum(servers)
        return Usage(server / elapsed, max(servers) / elapsed, load / elapsed, max(0.0, (busy - server) / elapsed))

    def _read(self) -> list[float]:
        used = [sum(process.cpu_times()[:2]) for process in self.processes]  # user and system, all threads
        core = psutil.cpu_times(percpu=True)[SERVER_CORE]
        return [perf_counter(), sum(core) - core.idle - core.iowait, *used]
