"""Posts per second into one room, on SQLite and on PostgreSQL: the cost of a message rather than of its readers."""

import asyncio
from statistics import median

import uvloop

from bench.account import Account, take_account
from bench.crowd import gathered
from bench.fanout import Burst, saturate
from bench.figure import Figure
from bench.plan import POSTS_PER_SECOND, Plan
from bench.postgres import find_programs, postgres
from bench.stage import Stage, set_stage
from bench.target import Target

POSTERS = 20  # the room's only members, and so its only readers
IN_FLIGHT = 80  # posts under way at once, four of each poster: the server is never out of work
ABSENT = "bench: PostgreSQL is not installed (Debian: apt-get install postgresql): posts/s on SQLite only"


def measure(stage: Stage, plan: Plan) -> list[Figure]:
    """Measure on the stage's SQLite file, and on a PostgreSQL of our own where one is installed."""
    figures = [measure_on("SQLite", stage, plan)]
    if programs := find_programs():
        with postgres(programs) as url:
            other = set_stage(stage.folder, stage.redis_port, url, [POSTERS])
            figures.append(measure_on("PostgreSQL", other, plan))
    else:
        print(ABSENT, flush=True)
    return figures


def measure_on(name: str, stage: Stage, plan: Plan) -> Figure:
    """Return the posts per second, acknowledged and shown to all, of every round."""
    with stage.app() as target:
        rounds = uvloop.run(carry_out(name, target, plan))
    rates = [burst.delivered_per_second / POSTERS for burst, _ in rounds]
    label = f"posts into one room, {name}"
    note = explain([burst for burst, _ in rounds])
    return Figure(label, "posts/s", rates, POSTS_PER_SECOND, accounts=[a for _, a in rounds], notes=[note])


async def carry_out(name: str, target: Target, plan: Plan) -> list[tuple[Burst, Account]]:
    """Fill the room and saturate it, once for each round."""
    rounds = []
    async with asyncio.timeout(plan.limit_seconds):
        for _ in range(plan.rounds):
            async with gathered(target, POSTERS) as crowd:
                burst = await saturate(crowd, plan.saturated_seconds, IN_FLIGHT)
                rounds.append((burst, take_account(crowd, f"posts on {name}")))
    return rounds


def explain(bursts: list[Burst]) -> str:
    """Say how it was measured and how busy the cores were."""
    latencies = sorted(latency for burst in bursts for latency in burst.latencies)
    p50 = 1_000 * latencies[len(latencies) // 2] if latencies else 0.0
    server, load, others = (median(getattr(b.usage, use) for b in bursts) for use in ("server", "load", "others"))
    return (
        f"{POSTERS} posters, {IN_FLIGHT} posts under way at once, each {p50:.0f} ms (median); server {server:.0%}, "
        f"load generator {load:.0%}, others on the server's core {others:.0%} of a core"
    )
