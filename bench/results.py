"""What is measured: bursts of load on one server, and figures made of the bursts of all rounds."""

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

BUSY = 0.85  # of a core: a load generator that uses more may be the bottleneck
CROWDED = 0.05  # of the server's core taken by other processes: a rate measured beside them is too low


@dataclass
class Burst:
    """What a span of load brought: a rate per second, latencies in seconds, bytes per response, use of the cores.

    `server` is the share of a core that the server's processes used, `busiest` that of the busiest one, `load` that
    of the load generator, `others` what the rest of the machine took of the server's core.
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
        """The rate for a second of CPU time of the busiest server process: it holds beside other load."""
        return self.rate / max(self.busiest, 0.01)

    def percentile(self, share: float) -> float:
        """Return the latency in ms that a share of the responses kept within."""
        ordered = sorted(self.latencies) or [0.0]
        return 1_000 * ordered[round(share * (len(ordered) - 1))]


class Meter:
    """Measures the use of the cores from the moment it is made."""

    def __init__(self, server_pids: list[int]) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *server_pids)]
        self.start = self._read()

    def burst(self, latencies: Sequence[float] = (), rate: float | None = None) -> Burst:
        """Return what the time since the start brought; the rate is by default that of the latencies."""
        elapsed, busy, load, *servers = (now - then for now, then in zip(self._read(), self.start, strict=True))
        server, busiest = sum(servers) / elapsed, max(servers) / elapsed
        rate, others = len(latencies) / elapsed if rate is None else rate, max(0.0, busy / elapsed - server)
        return Burst(rate, server, busiest, load / elapsed, others, latencies=latencies)

    def _read(self) -> list[float]:
        used = [sum(process.cpu_times()[:2]) for process in self.processes]  # user and system, all threads
        core = psutil.cpu_times(percpu=True)[SERVER_CORE]
        return [perf_counter(), sum(core) - core.idle - core.iowait, *used]


def merge(bursts: Sequence[Burst]) -> Burst:
    """Return the medians of some bursts, with the latencies of all."""
    names = ("rate", "server", "busiest", "load", "others", "size")
    medians = {name: median(getattr(burst, name) for burst in bursts) for name in names}
    return Burst(**medians, latencies=array("d", chain.from_iterable(burst.latencies for burst in bursts)))


@dataclass
class Figure:
    """A measure of all rounds against its target, the least that is wanted or, without `at_least`, the most.

    `sides` are the application and what it was measured beside. `shown` is the number of decimals in a table.
    """

    name: str
    unit: str
    values: list[float]
    target: float | None
    at_least: bool = True
    shown: int = 2
    sides: dict[str, Burst] = field(default_factory=dict)
    per_cpu: float | None = None  # the ratio for a second of the servers' CPU time
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def crowded(self) -> bool:
        """Whether other processes made the clock useless, so that the ratio of CPU time decides alone."""
        return self.per_cpu is not None and any(side.others > CROWDED for side in self.sides.values())

    @property
    def reached(self) -> bool:
        """Whether the target is kept, if there is one, by the median and by the ratio of CPU time."""
        values = [] if self.crowded else [self.value]
        values += [] if self.per_cpu is None else [self.per_cpu]
        target = self.target
        return target is None or (min(values) >= target if self.at_least else max(values) <= target)

    def number(self, value: float) -> str:
        """Return a value as a table shows it."""
        return f"{value:,.{self.shown}f}"

    @property
    def verdict(self) -> str:
        """Return the target and whether it was reached."""
        if self.target is None:
            return "-"
        bound = f"{'>=' if self.at_least else '<='} {self.number(self.target)}"
        return f"{bound} {'reached' if self.reached else 'missed'}{' by CPU' if self.crowded else ''}"

    def limits(self) -> list[str]:
        """Say what other than the server limited the rates."""
        busy = "the load generator used {1.load:.0%} of its core: {0} may be faster"
        crowded = "other processes took {1.others:.0%} of the server's core from {0}"
        busy_sides = [busy.format(*side) for side in self.sides.items() if side[1].load > BUSY]
        return busy_sides + [crowded.format(*side) for side in self.sides.items() if side[1].others > CROWDED]

    @property
    def lost(self) -> int:
        """How many deliveries never came."""
        return sum(account.lost for account in self.accounts)


def sides_of(names: str, pairs: Sequence[Sequence[Burst]]) -> dict[str, Burst]:
    """Return the merged bursts of two servers by their names, separated by a space."""
    return {name: merge(bursts) for name, bursts in zip(names.split(), zip(*pairs, strict=True), strict=True)}


def compare(name: str, target: float | None, pairs: Sequence[Sequence[Burst]], sides: str, **options: Any) -> Figure:
    """Return the ratio of two servers' rates, measured in turn; `options` are further fields of the figure."""
    ratios = [first.rate / (second.rate or 1.0) for first, second in pairs]
    figure = Figure(name, "x", ratios, target, sides=sides_of(sides, pairs), **options)
    figure.per_cpu = median(first.per_core / (second.per_core or 1.0) for first, second in pairs)
    return figure
