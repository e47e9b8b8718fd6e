"""Fan-out compared with the bare echo, posts into one room, two processes compared with one."""

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from itertools import product
from time import perf_counter

import uvloop

from bench import servers
from bench.audit import Account
from bench.crowd import Crowd, Target, open_crowd
from bench.plan import FANOUT_RATIOS, LATENCY_MS, POSTS_PER_SECOND, TWO_PROCESSES, Plan
from bench.results import Burst, Figure, Meter, compare, merge, sides_of
from bench.stage import POSTERS, PROBE, Application, Stage

WARM_UP_SECONDS = 0.5
POSTS_IN_FLIGHT = 80  # four per poster, so that the server always has work
NO_POSTGRES = "bench: PostgreSQL isn't installed (Debian: apt-get install postgresql): measuring posts on SQLite only"

Load = Callable[[Crowd], Awaitable[Burst]]
Rounds = list[list[Burst]]  # for each round, a burst of each target


async def saturate(crowd: Crowd, seconds: float, in_flight: int) -> Burst:
    """Keep a number of messages in flight: post the next one when one has reached all members."""
    crowd.on_complete = crowd.post_in_turn
    for _ in range(in_flight):
        crowd.post_in_turn()
    await asyncio.sleep(WARM_UP_SECONDS)
    burst = await measure_load(crowd, asyncio.sleep(seconds))
    crowd.on_complete = lambda: None
    await crowd.settle()
    return burst


async def pace(crowd: Crowd, plan: Plan) -> Burst:
    """Post at a steady pace, whether or not earlier messages have been delivered."""

    async def post() -> None:
        start = perf_counter()
        for number in range(round(plan.paced_seconds * plan.paced_per_second)):
            crowd.post_in_turn()
            await asyncio.sleep(start + (number + 1) / plan.paced_per_second - perf_counter())

    burst = await measure_load(crowd, post())
    await crowd.settle()
    return burst


async def measure_load(crowd: Crowd, load: Awaitable[None]) -> Burst:
    """Measure deliveries and CPU usage during a load."""
    crowd.latencies = latencies = array("d")
    meter = Meter(crowd.target.pids)
    await load
    crowd.latencies = array("d")
    return meter.burst(latencies)


async def in_turn(
    targets: list[Target], members: int, loads: list[Load], plan: Plan
) -> tuple[list[Rounds], list[Account]]:
    """Run each load on the targets in turn, with new crowds in each round; return the rounds of each load.

    The targets must not share a database, because all crowds are connected at the same time.
    """
    rounds: list[Rounds] = [[] for _ in loads]
    accounts = []
    async with asyncio.timeout(plan.limit_seconds):
        for _ in range(plan.rounds):
            async with AsyncExitStack() as leaving:
                crowds = [await leaving.enter_async_context(open_crowd(target, members)) for target in targets]
                for load, bursts in zip(loads, rounds, strict=True):
                    bursts.append([await load(crowd) for crowd in crowds])
                accounts += [crowd.account(f"{members} members, {crowd.target.name}") for crowd in crowds]
    return rounds, accounts


async def probe(app: Target) -> bytes:
    """Return a fragment of the application."""
    async with open_crowd(app, PROBE) as crowd:
        return crowd.fragment


def measure_fanout(stage: Stage) -> list[Figure]:
    """Compare the deliveries per second of the application and the echo, and measure latency at a steady pace."""
    plan, figures = stage.plan, []
    with stage.members.target() as app, stage.echo(fragment := uvloop.run(probe(app))) as echo:
        print(f"One fragment has {len(fragment):,} bytes; the echo sends the same.", flush=True)
        for members, in_flight in plan.fanouts.items():
            loads: list[Load] = [partial(saturate, seconds=plan.seconds, in_flight=number) for number in in_flight]
            loads += [partial(pace, plan=plan)] if members == plan.largest else []
            rounds, accounts = uvloop.run(in_turn([app, echo], members, loads, plan))
            for number, pairs in zip(in_flight, rounds, strict=False):
                name, target = f"fan-out, {members} members, {number} in flight", FANOUT_RATIOS.get((members, number))
                figures.append(compare(name, target, pairs, "app echo", accounts=accounts))
    return [*figures, paced_figure(rounds[-1], plan)]


def paced_figure(pairs: Rounds, plan: Plan) -> Figure:
    """Return the 99th percentile of the latency."""
    name, values = f"paced, {plan.largest} members: p99", [ours.percentile(0.99) for ours, _ in pairs]
    return Figure(name, "ms", values, LATENCY_MS, at_least=False, shown=0, sides=sides_of("app echo", pairs))


def measure_posts(stage: Stage) -> list[Figure]:
    """Measure posts per second on SQLite and, if it is installed, on PostgreSQL."""
    figures = [posts_on("SQLite", stage.members, stage.plan)]
    if programs := servers.postgres_programs():
        with servers.postgres(programs) as url:
            figures.append(posts_on("PostgreSQL", stage.prepare_members(url), stage.plan))
    else:
        print(NO_POSTGRES, flush=True)
    return figures


def posts_on(database: str, application: Application, plan: Plan) -> Figure:
    """Return the posts per second of each round, counting posts delivered to all posters."""
    load = partial(saturate, seconds=plan.seconds, in_flight=POSTS_IN_FLIGHT)
    with application.target() as target:
        [rounds], accounts = uvloop.run(in_turn([target], POSTERS, [load], plan))
    name, bursts = f"posts into one room, {database}", [burst for [burst] in rounds]
    figure = Figure(name, "posts/s", [burst.rate / POSTERS for burst in bursts], POSTS_PER_SECOND[database], shown=0)
    figure.sides, figure.accounts = {"app": merge(bursts)}, accounts
    figure.notes = [f"{merge(bursts).per_core / POSTERS:,.0f} posts per CPU second of the server"]
    return figure


def measure_processes(stage: Stage) -> list[Figure]:
    """Compare two processes over Redis with one, by the CPU time per delivery.

    Two server processes share one core here, so their throughput can't double. Instead the CPU time of the busier
    process counts: with a core each, it would limit the throughput of the pair.
    """
    plan, accounts = stage.plan, []
    load = partial(saturate, seconds=plan.seconds, in_flight=4)
    rounds: Rounds = [[] for _ in range(plan.rounds)]
    with stage.members.target() as one, stage.members.target(processes=2) as two:
        for bursts, target in product(rounds, (two, one)):  # not at once, as they serve the same room
            [[[burst]]], [account] = uvloop.run(in_turn([target], plan.largest, [load], replace(plan, rounds=1)))
            bursts.append(burst)
            accounts.append(account)
    gains = [pair.per_core / single.per_core for pair, single in rounds]
    sides = sides_of("two one", rounds)
    return [
        Figure(
            f"two processes vs. one, {plan.largest} members", "x", gains, TWO_PROCESSES, sides=sides, accounts=accounts
        )
    ]
