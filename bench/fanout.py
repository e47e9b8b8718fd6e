"""Messages from some members to all: fan-out beside the bare echo, posts into one room, two processes to one."""

import asyncio
from array import array
from collections import defaultdict
from collections.abc import Awaitable
from time import perf_counter

import uvloop

from bench import servers
from bench.audit import Account
from bench.crowd import Crowd, Target, gathered
from bench.plan import FANOUT_RATIOS, LATENCY_MS, POSTS_PER_SECOND, TWO_PROCESSES, Plan
from bench.results import Burst, Figure, Meter, compare, merge
from bench.stage import POSTERS, PROBE, Application, Stage

WARM_UP_SECONDS = 0.5
POSTS_UNDER_WAY = 80  # four of each poster: the server is never out of work
NO_POSTGRES = "bench: PostgreSQL is not installed (Debian: apt-get install postgresql): posts/s on SQLite only"

Rounds = tuple[list[list[Burst]], list[Account]]  # of each round a burst of each target, and all accounts


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
    crowd.latencies = array("d")
    return meter.burst(latencies)


async def probe(app: Target) -> bytes:
    """Return a fragment of the application."""
    async with gathered(app, PROBE) as crowd:
        return crowd.fragment


def measure_fanout(stage: Stage) -> list[Figure]:
    """Compare the deliveries per second of the application and of the echo, and take the latency at a steady pace."""
    with stage.members.target() as app, stage.echo(fragment := uvloop.run(probe(app))) as echo:
        print(f"One fragment has {len(fragment):,} bytes; the echo sends as many.", flush=True)
        return uvloop.run(compare_fanout(app, echo, stage.plan))


async def compare_fanout(app: Target, echo: Target, plan: Plan) -> list[Figure]:
    """Load both servers in turn, in each round and room."""
    bursts: dict[tuple[int, int], list[list[Burst]]] = defaultdict(list)
    accounts: dict[int, list[Account]] = defaultdict(list)
    paced = []
    async with asyncio.timeout(plan.limit_seconds):
        for members, loads in [*plan.fanouts.items()] * plan.rounds:
            async with gathered(app, members) as ours, gathered(echo, members) as theirs:
                for under_way in loads:
                    pair = [await saturate(crowd, plan.seconds, under_way) for crowd in (ours, theirs)]
                    bursts[members, under_way].append(pair)
                if members == plan.largest:
                    paced.append([await pace(crowd, plan) for crowd in (ours, theirs)])
                accounts[members] += [crowd.account(f"fan-out, {members} members") for crowd in (ours, theirs)]
    return [*(fanout_figure(*load, pairs, accounts) for load, pairs in bursts.items()), paced_figure(plan, paced)]


def fanout_figure(members: int, under_way: int, pairs: list[list[Burst]], accounts: dict[int, list[Account]]) -> Figure:
    """Return the ratio of deliveries per second."""
    target = FANOUT_RATIOS.get((members, under_way))
    figure = compare(f"fan-out, {members} members, {under_way} under way", target, pairs, ("app", "echo"))
    figure.accounts = accounts[members]
    return figure


def paced_figure(plan: Plan, pairs: list[list[Burst]]) -> Figure:
    """Return the latency that 99 of 100 deliveries kept within."""
    values, name = [ours.percentile(0.99) for ours, _ in pairs], f"paced, {plan.largest} members: p99"
    sides = compare("", None, pairs, ("app", "echo")).sides
    return Figure(name, "ms", values, LATENCY_MS, at_least=False, shown=0, sides=sides)


async def saturate_in_turn(targets: list[Target], plan: Plan, members: int, under_way: int) -> Rounds:
    """Saturate the targets in turn, each time with a new crowd; return the rounds of bursts, and the accounts."""
    rounds: list[list[Burst]] = []
    accounts: list[Account] = []
    async with asyncio.timeout(plan.limit_seconds):
        for _ in range(plan.rounds):
            rounds.append([])
            for target in targets:
                async with gathered(target, members) as crowd:
                    rounds[-1].append(await saturate(crowd, plan.seconds, under_way))
                    accounts.append(crowd.account(f"{members} members of {len(target.pids)} processes"))
    return rounds, accounts


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
    """Return the posts per second, acknowledged and shown to all posters, of every round."""
    with application.target() as target:
        rounds, accounts = uvloop.run(saturate_in_turn([target], plan, POSTERS, POSTS_UNDER_WAY))
    name, bursts = f"posts into one room, {database}", [burst for [burst] in rounds]
    figure = Figure(name, "posts/s", [burst.rate / POSTERS for burst in bursts], POSTS_PER_SECOND[database], shown=0)
    figure.sides, figure.accounts = {"app": merge(bursts)}, accounts
    figure.notes = [f"{POSTERS} posters alone in a room, {POSTS_UNDER_WAY} posts under way"]
    return figure


def measure_processes(stage: Stage) -> list[Figure]:
    """Compare two processes over Redis with one, by what a delivery costs.

    Two server processes share one core here, so their wall clock cannot double. The CPU time of the busier one
    decides: with a core for each, the pair delivers as much more as that process needs less for each delivery.
    """
    with stage.members.target() as one, stage.members.target(processes=2) as two:
        rounds, accounts = uvloop.run(saturate_in_turn([two, one], stage.plan, stage.plan.largest, 4))
    gains = [pair.per_core / single.per_core for pair, single in rounds]
    figure = Figure(f"two processes to one, {stage.plan.largest} members", "x", gains, TWO_PROCESSES)
    figure.sides, figure.accounts = compare("", None, rounds, ("two", "one")).sides, accounts
    figure.notes = ["deliveries per CPU second of the busier process, as both share one core here"]
    return [figure]
