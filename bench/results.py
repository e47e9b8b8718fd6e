"""Results: bursts of load on a server, and figures derived from the bursts of all rounds."""

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from time import perf_counter
from typing import Any

import psutil

from bench.audit import Account
from bench.servers import SERVER_CORE

BUSY = 0.85  # of a core; above it, the load generator may be the bottleneck
CROWDED = 0.05  # of the server's core used by other processes; above it, measured rates are too low


@dataclass
class Burst:
    """The result of a period of load: rate per second, latencies in seconds, bytes per response, CPU usage.

    `server` is the share of a core used by the server's processes, `busiest` by the busiest of them, `load` by the load
    generator; `others` is the share of the server's core used by other processes.
    """

    rate: float
    server: float
    busiest: float
    load: float
    others: float
    size: float = 0.0
    latencies: Sequence[float] = ()

    @property
    def per_core(self) -> float:
        """The rate per second of CPU time of the busiest server process, which doesn't depend on other load."""
        return self.rate / max(self.busiest, 0.01)

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies in ms."""
        ordered = sorted(self.latencies) or [0.0]
        return 1_000 * ordered[round(share * (len(ordered) - 1))]


class Meter:
    """Measures CPU usage from its creation on."""

    def __init__(self, server_pids: list[int]) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *server_pids)]
        self.start = self._read()

    def burst(self, latencies: Sequence[float] = (), rate: float | None = None) -> Burst:
        """Return the burst since the start; the default rate is the number of latencies per second."""
        elapsed, busy, load, *servers = (now - then for now, then in zip(self._read(), self.start, strict=True))
        server, busiest = sum(servers) / elapsed, max(servers) / elapsed
        rate, others = len(latencies) / elapsed if rate is None else rate, max(0.0, busy / elapsed - server)
        return Burst(rate, server, busiest, load / elapsed, others, latencies=latencies)

    def _read(self) -> list[float]:
        used = [sum(process.cpu_times()[:2]) for process in self.processes]  # user and system, all threads
        core = psutil.cpu_times(percpu=True)[SERVER_CORE]
        return [perf_counter(), sum(core) - core.idle - core.iowait, *used]


def merge(bursts: Sequence[Burst]) -> Burst:
    """Return the medians of several bursts, with the latencies of all."""
    names = ("rate", "server", "busiest", "load", "others", "size")
    medians = {name: median(getattr(burst, name) for burst in bursts) for name in names}
    return Burst(**medians, latencies=array("d", chain.from_iterable(burst.latencies for burst in bursts)))


@dataclass
class Figure:
    """A measurement over all rounds, and its target: a minimum or, without `at_least`, a maximum.

    `sides` are the application and its baseline. `shown` is the number of decimals in a table.
    """

    name: str
    unit: str
    values: list[float]
    target: float | None
    at_least: bool = True
    shown: int = 2
    sides: dict[str, Burst] = field(default_factory=dict)
    per_cpu: float | None = None  # the ratio per second of the servers' CPU time
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def crowded(self) -> bool:
        """Whether other processes distorted the rates, so that only the ratio per CPU time counts."""
        return self.per_cpu is not None and any(side.others > CROWDED for side in self.sides.values())

    @property
    def reached(self) -> bool:
        """Whether both the median and the ratio per CPU time reach the target, if there is one."""
        values = [] if self.crowded else [self.value]
        values += [] if self.per_cpu is None else [self.per_cpu]
        target = self.target
        return target is None or (min(values) >= target if self.at_least else max(values) <= target)

    def number(self, value: float) -> str:
        """Return a value formatted for a table."""
        return f"{value:,.{self.shown}f}"

    @property
    def verdict(self) -> str:
        """The target and whether it was reached."""
        if self.target is None:
            return "-"
        bound = f"{'>=' if self.at_least else '<='} {self.number(self.target)}"
        return f"{bound} {'reached' if self.reached else 'missed'}{' by CPU' if self.crowded else ''}"

    def limits(self) -> list[str]:
        """Return notes on anything other than the server that limited the rates."""
        busy = "the load generator used {1.load:.0%} of its core, so {0} may be faster"
        crowded = "other processes used {1.others:.0%} of the server's core while measuring {0}"
        busy_sides = [busy.format(*side) for side in self.sides.items() if side[1].load > BUSY]
        return busy_sides + [crowded.format(*side) for side in self.sides.items() if side[1].others > CROWDED]

    @property
    def lost(self) -> int:
        """The number of lost deliveries."""
        return sum(account.lost for account in self.accounts)


def sides_of(names: str, pairs: Sequence[Sequence[Burst]]) -> dict[str, Burst]:
    """Return {name: merged bursts} for two servers, whose names are separated by a space."""
    return {name: merge(bursts) for name, bursts in zip(names.split(), zip(*pairs, strict=True), strict=True)}


def compare(name: str, target: float | None, pairs: Sequence[Sequence[Burst]], sides: str, **options: Any) -> Figure:
    """Return the ratio of two servers' rates; `options` are further fields of the figure."""
    ratios = [first.rate / (second.rate or 1.0) for first, second in pairs]
    figure = Figure(name, "x", ratios, target, sides=sides_of(sides, pairs), **options)
    figure.per_cpu = median(first.per_core / (second.per_core or 1.0) for first, second in pairs)
    return figure
