"""Messages from some members to all: fan-out beside the bare echo, posts into one room, two processes to one."""

import asyncio
from array import array
from collections import defaultdict
from collections.abc import Awaitable
from statistics import median
from time import perf_counter

import uvloop

from bench import servers
from bench.audit import Account
from bench.crowd import Crowd, Target, gathered
from bench.plan import FANOUT_RATIOS, LATENCY_MS, POSTS_PER_SECOND, TWO_PROCESSES, Plan
from bench.results import Burst, Figure, Meter, compare, side_of
from bench.stage import POSTERS, PROBE, Application, Stage

WARM_UP_SECONDS = 0.5
POSTS_UNDER_WAY = 80  # four of each poster: the server is never out of work
NO_POSTGRES = "bench: PostgreSQL is not installed (Debian: apt-get install postgresql): posts/s on SQLite only"

Pairs = list[tuple[Burst, Burst]]


async def saturate(crowd: Crowd, seconds: float, under_way: int) -> Burst:
    """Keep a number of messages under way: each that has reached all members makes room for the next one."""
    crowd.on_complete = crowd.post_in_turn
    for _ in range(under_way):
        crowd.post_in_turn()
    await asyncio.sleep(WARM_UP_SECONDS)
    burst = await metered(crowd, asyncio.sleep(seconds))
    crowd.on_complete = lambda: None
    await crowd.settle()
    return burst


async def pace(crowd: Crowd, plan: Plan) -> Burst:
    """Post at a steady pace, whether or not earlier messages have arrived."""
    burst = await metered(crowd, post_steadily(crowd, plan.paced_seconds, plan.paced_per_second))
    await crowd.settle()
    return burst


async def post_steadily(crowd: Crowd, seconds: float, per_second: float) -> None:
    """Post so many messages per second."""
    start = perf_counter()
    for number in range(round(seconds * per_second)):
        crowd.post_in_turn()
        await asyncio.sleep(start + (number + 1) / per_second - perf_counter())


async def metered(crowd: Crowd, load: Awaitable[None]) -> Burst:
    """Count the deliveries and measure the use of the cores during a load."""
    crowd.latencies = latencies = array("d")
    meter = Meter(crowd.target.pids)
    await load
    elapsed, usage = meter.read()
    crowd.latencies = array("d")
    return Burst(len(latencies) / elapsed, usage, latencies)


def measure_fanout(stage: Stage) -> list[Figure]:
    """Compare the deliveries per second of the application and of the echo, and take the latency at a steady pace."""
    with stage.members.target() as app:
        fragment = uvloop.run(probe(app))
        print(f"One fragment has {len(fragment):,} bytes; the echo sends as many.", flush=True)
        with stage.echo(fragment) as echo:
            return uvloop.run(carry_out_fanout(app, echo, stage.plan))


async def probe(app: Target) -> bytes:
    """Return a fragment of the application."""
    async with gathered(app, PROBE) as crowd:
        return crowd.fragment


async def carry_out_fanout(app: Target, echo: Target, plan: Plan) -> list[Figure]:
    """Load both servers in turn, in each round and room."""
    bursts: dict[tuple[int, int], Pairs] = defaultdict(list)
    accounts: dict[int, list[Account]] = defaultdict(list)
    paced: Pairs = []
    async with asyncio.timeout(plan.limit_seconds):
        for members, loads in [*plan.fanouts.items()] * plan.rounds:
            async with gathered(app, members) as ours, gathered(echo, members) as theirs:
                for under_way in loads:
                    pair = [await saturate(crowd, plan.seconds, under_way) for crowd in (ours, theirs)]
                    bursts[members, under_way].append((pair[0], pair[1]))
                if members == plan.largest:
                    paced.append((await pace(ours, plan), await pace(theirs, plan)))
                accounts[members] += [crowd.account(f"fan-out, {members} members") for crowd in (ours, theirs)]
    figures = [fanout_figure(*load, pairs, accounts[load[0]]) for load, pairs in bursts.items()]
    return [*figures, paced_figure(plan.largest, paced)]


def fanout_figure(members: int, under_way: int, pairs: Pairs, accounts: list[Account]) -> Figure:
    """Return the ratio of deliveries per second."""
    target = FANOUT_RATIOS.get((members, under_way))
    figure = compare(f"fan-out, {members} members, {under_way} under way", target, pairs, ("app", "echo"))
    figure.accounts, figure.saturated = accounts, True
    return figure


def paced_figure(members: int, pairs: Pairs) -> Figure:
    """Return the latency that 99 of 100 deliveries kept within."""
    values = [side_of("app", [ours]).p99 for ours, _ in pairs]
    figure = Figure(f"paced, {members} members: p99", "ms", values, LATENCY_MS, at_least=False, shown=0)
    figure.sides = compare("", None, pairs, ("app", "echo")).sides
    return figure


def measure_posts(stage: Stage) -> list[Figure]:
    """Measure posts per second on SQLite and, if it is installed, on PostgreSQL."""
    figures = [posts_on("SQLite", stage.members, stage.plan)]
    if programs := servers.postgres_programs():
        with servers.postgres(programs) as url:
            figures.append(posts_on("PostgreSQL", stage.prepare_members(url), stage.plan))
    else:
        print(NO_POSTGRES, flush=True)
    return figures


def posts_on(name: str, application: Application, plan: Plan) -> Figure:
    """Return the posts per second, acknowledged and shown to all posters, of every round."""
    with application.target() as target:
        rounds = uvloop.run(saturated_rounds([target], plan, POSTERS, POSTS_UNDER_WAY))
    bursts = [burst for [(burst, _)] in rounds]
    values = [burst.rate / POSTERS for burst in bursts]
    figure = Figure(f"posts into one room, {name}", "posts/s", values, POSTS_PER_SECOND[name], shown=0)
    figure.sides, figure.accounts = [side_of("app", bursts)], [account for [(_, account)] in rounds]
    figure.notes = [f"{POSTERS} posters alone in a room, {POSTS_UNDER_WAY} posts under way"]
    return figure


async def saturated_rounds(
    targets: list[Target], plan: Plan, members: int, under_way: int
) -> list[list[tuple[Burst, Account]]]:
    """Saturate the targets in turn, with a fresh crowd each; return the bursts of every round."""
    async with asyncio.timeout(plan.limit_seconds):
        return [
            [await saturate_fresh(target, plan.seconds, members, under_way) for target in targets]
            for _ in range(plan.rounds)
        ]


async def saturate_fresh(target: Target, seconds: float, members: int, under_way: int) -> tuple[Burst, Account]:
    """Saturate a target with a crowd of its own."""
    async with gathered(target, members) as crowd:
        burst = await saturate(crowd, seconds, under_way)
        return burst, crowd.account(f"{len(target.pids)} processes, {members} members")


def measure_processes(stage: Stage) -> list[Figure]:
    """Compare two processes over Redis with one, by what a delivery costs.

    Two server processes share one core here, so their wall clock cannot double. The CPU time of the busier one
    decides: with a core for each, the pair delivers as much more as that process needs less for each delivery.
    """
    with stage.members.target() as one, stage.members.target(processes=2) as two:
        rounds = uvloop.run(saturated_rounds([two, one], stage.plan, stage.plan.largest, 4))
    pairs = [(pair, single) for (pair, _), (single, _) in rounds]
    values = [pair.per_core / single.per_core for pair, single in pairs]
    figure = Figure(f"two processes to one, {stage.plan.largest} members", "x", values, TWO_PROCESSES)
    figure.sides = compare("", None, pairs, ("two", "one")).sides
    figure.accounts = [account for turns in rounds for _, account in turns]
    busier, alone = (median(burst.per_core for burst in bursts) for bursts in zip(*pairs, strict=True))
    figure.notes = [f"{busier:,.0f} deliveries per CPU second of the busier process, {alone:,.0f} of a single one"]
    return [figure]
