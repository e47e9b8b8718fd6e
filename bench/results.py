"""What is measured: bursts of load on one server, and figures made of the bursts of all rounds."""

import os
from array import array
from dataclasses import asdict, dataclass, field
from statistics import fmean, median
from time import perf_counter
from typing import Any

import psutil

from bench.audit import Account
from bench.servers import SERVER_CORE

BUSY = 0.85  # of a core: a load generator that uses more may be the bottleneck
IDLE = 0.90  # of the server's core: a saturated server that uses less was kept waiting
CROWDED = 0.05  # of the server's core taken by other processes: worth a note


@dataclass
class Usage:
    """Shares of one core between two moments, 1.0 for all of it.

    `server` is what all processes of the server used, `busiest` the one that used most, `load` the load generator,
    `others` the rest of the machine on the server's core: figures measured beside others are too low.
    """

    server: float
    busiest: float
    load: float
    others: float


class Meter:
    """Measures from the moment it is made."""

    def __init__(self, server_pids: list[int]) -> None:
        self.processes = [psutil.Process(pid) for pid in (os.getpid(), *server_pids)]
        self.start = self._read()

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return perf_counter() - self.start[0]

    def read(self) -> tuple[float, Usage]:
        """Return the seconds since the start and the use of the cores."""
        spans = (now - then for now, then in zip(self._read(), self.start, strict=True))
        elapsed, busy, load, *servers = spans
        server = sum(servers)
        others = max(0.0, busy - server) / elapsed
        return elapsed, Usage(server / elapsed, max(servers) / elapsed, load / elapsed, others)

    def _read(self) -> list[float]:
        used = [sum(process.cpu_times()[:2]) for process in self.processes]  # user and system, all threads
        core = psutil.cpu_times(percpu=True)[SERVER_CORE]
        return [perf_counter(), sum(core) - core.idle - core.iowait, *used]


@dataclass
class Burst:
    """What a span of load brought: a rate per second, latencies in seconds, the cores' use, bytes per response."""

    rate: float
    usage: Usage
    latencies: array = field(default_factory=lambda: array("d"))
    size: float = 0.0

    @property
    def per_core(self) -> float:
        """The rate for a second of CPU time of the busiest server process: it holds beside other load."""
        return self.rate / max(self.usage.busiest, 0.01)


@dataclass
class Side:
    """One server's part in a figure, over all rounds; latencies are in ms."""

    name: str
    rate: float
    p50: float
    p99: float
    size: float
    usage: Usage


def side_of(name: str, bursts: list[Burst]) -> Side:
    """Return the median rate, the percentiles of all latencies together and the mean use of the cores."""
    ordered = sorted(latency for burst in bursts for latency in burst.latencies)
    p50, p99 = (1_000 * ordered[round(share * (len(ordered) - 1))] if ordered else 0.0 for share in (0.5, 0.99))
    shares = zip(*(asdict(burst.usage).values() for burst in bursts), strict=True)
    size = fmean(burst.size for burst in bursts)
    return Side(name, median(burst.rate for burst in bursts), p50, p99, size, Usage(*map(fmean, shares)))


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
    sides: list[Side] = field(default_factory=list)
    per_cpu: float | None = None  # the ratio for a second of the servers' CPU time
    saturated: bool = False  # whether the server should have had no time left
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the target is kept by the median and, if there is one, by the ratio of CPU time."""
        values = [self.value] if self.per_cpu is None else [self.value, self.per_cpu]
        if self.target is None:
            return True
        return min(values) >= self.target if self.at_least else max(values) <= self.target

    def number(self, value: float) -> str:
        """Return a value as a table shows it."""
        return f"{value:,.{self.shown}f}"

    def verdict(self) -> str:
        """Return the target and whether it was reached."""
        if self.target is None:
            return "-"
        bound = f"{'>=' if self.at_least else '<='} {self.number(self.target)}"
        return f"{bound} {'reached' if self.reached else 'MISSED'}"

    def limits(self) -> list[str]:
        """Say what other than the server limited a rate."""
        texts = []
        for side, usage in ((side.name, side.usage) for side in self.sides):
            if usage.load > BUSY:
                texts.append(f"the load generator used {usage.load:.0%} of its core; {side} may be faster")
            if self.saturated and usage.server < IDLE:
                texts.append(f"{side} used only {usage.server:.0%} of its core; it may be faster")
            if usage.others > CROWDED:
                texts.append(f"other processes took {usage.others:.0%} of the server's core from {side}")
        return texts

    def as_json(self) -> dict[str, Any]:
        """Return the figure with its derived values."""
        derived = {"value": self.value, "reached": self.reached, "lost": sum(a.lost for a in self.accounts)}
        return asdict(self) | derived | {"verdict": self.verdict()}


def compare(name: str, target: float | None, pairs: list[tuple[Burst, Burst]], sides: tuple[str, str]) -> Figure:
    """Return the ratio of two servers' rates, measured in turn, as the median of the rounds' ratios."""
    firsts, seconds = (list(bursts) for bursts in zip(*pairs, strict=True))
    figure = Figure(name, "x", [first.rate / (second.rate or 1.0) for first, second in pairs], target)
    figure.sides = [side_of(side, bursts) for side, bursts in zip(sides, (firsts, seconds), strict=True)]
    figure.per_cpu = median(first.per_core / (second.per_core or 1.0) for first, second in pairs)
    return figure
