"""From trials to figures: medians of the rounds, ratios of what was measured side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.fanout import Burst
from bench.figure import Figure
from bench.plan import FANOUT_RATIO, LATENCY_MS, OPENING_RATIO
from bench.trial import Trial
from bench.usage import Usage

Measure = Callable[[Trial], float]
Pairs = list[tuple[Trial, Trial]]  # of each round: the application's, the echo's


@dataclass
class Side:
    """One server's figures in a row: a rate per second, latencies in ms (None where there is none), cores."""

    rate: float
    p50: float | None
    p99: float | None
    lost: int
    usage: Usage | None


@dataclass
class Row:
    """One measure of both servers.

    `ratio` is the median of the rounds' app / echo, `ratios` are all of them. `cpu_ratio` compares what the
    two deliver for a second of the server's CPU time: it holds beside other load, where rates suffer.
    `target` is what both should reach, None where none is set.
    """

    name: str
    app: Side
    echo: Side
    ratio: float
    ratios: list[float]
    cpu_ratio: float | None = None
    target: float | None = None


def summarise(trials: list[Trial]) -> list[Row]:
    """Return the rows of the report, for each size of room."""
    rows = []
    for members in dict.fromkeys(trial.members for trial in trials):
        pairs = pair([trial for trial in trials if trial.members == members])
        rows.append(fanout_row(members, pairs))
        if pairs[0][0].paced:
            rows += [paced_row(members, pairs), opening_row(members, pairs)]
    return rows


def pair(trials: list[Trial]) -> Pairs:
    """Return the trials of each round side by side, the application's first."""
    sides = [[trial for trial in trials if trial.target == name] for name in ("app", "echo")]
    return list(zip(*sides, strict=True))


def fanout_row(members: int, pairs: Pairs) -> Row:
    """Return deliveries per second of a saturated server."""
    name = f"fan-out, {members} members: deliveries/s"
    row = compare(name, pairs, lambda trial: trial.saturated.delivered_per_second)
    add_bursts(row, pairs, lambda trial: trial.saturated)
    row.cpu_ratio = median(per_cpu_second(app) / per_cpu_second(echo) for app, echo in pairs)
    row.target = FANOUT_RATIO if members >= 1000 else None
    return row


def per_cpu_second(trial: Trial) -> float:
    """Return the deliveries for a second of the server's CPU time."""
    return trial.saturated.delivered_per_second / max(trial.saturated.usage.server, 0.01)


def paced_row(members: int, pairs: Pairs) -> Row:
    """Return what a steady pace brings: here the latencies tell."""
    name = f"paced, {members} members: deliveries/s"
    row = compare(name, pairs, lambda trial: trial.paced.delivered_per_second if trial.paced else 0.0)
    return add_bursts(row, pairs, lambda trial: trial.paced)


def opening_row(members: int, pairs: Pairs) -> Row:
    """Return how many sockets are opened and joined per second."""
    row = compare(f"opening {members} sockets: sockets/s", pairs, lambda trial: trial.opened_per_second)
    row.target = OPENING_RATIO
    return row


def latency_figures(rows: list[Row]) -> list[Figure]:
    """Return the latency that 99 of 100 deliveries kept within at the steady pace, against its target."""
    paced = [row for row in rows if row.name.startswith("paced") and row.app.p99 is not None]
    return [
        Figure(f"{row.name.partition(':')[0]}: p99", "ms", [row.app.p99 or 0.0], LATENCY_MS, at_least=False)
        for row in paced
    ]


def compare(name: str, pairs: Pairs, measure: Measure) -> Row:
    """Return a row of a measure: the medians of both sides and the ratio of each round."""
    ratios = [measure(app) / (measure(echo) or 1.0) for app, echo in pairs]
    app, echo = (
        Side(median(map(measure, side)), None, None, sum(t.account.lost for t in side), None)
        for side in zip(*pairs, strict=True)
    )
    return Row(name, app, echo, median(ratios), ratios)


def add_bursts(row: Row, pairs: Pairs, burst_of: Callable[[Trial], Burst | None]) -> Row:
    """Add to both sides the latencies of all rounds together and the mean use of the cores."""
    for side, trials in zip((row.app, row.echo), zip(*pairs, strict=True), strict=True):
        bursts = [burst for trial in trials if (burst := burst_of(trial))]
        ordered = sorted(latency for burst in bursts for latency in burst.latencies)
        side.p50, side.p99 = percentile(ordered, 0.50), percentile(ordered, 0.99)
        side.usage = mean_usage([burst.usage for burst in bursts])
    return row


def percentile(ordered: list[float], share: float) -> float | None:
    """Return the latency in ms that this share of the deliveries kept within; None without deliveries."""
    return ordered[round(share * (len(ordered) - 1))] * 1_000 if ordered else None


def mean_usage(usages: list[Usage]) -> Usage:
    """Return the mean use of the cores."""
    shares = zip(*((usage.server, usage.busiest, usage.load, usage.others) for usage in usages), strict=True)
    return Usage(*(sum(share) / len(usages) for share in shares))
