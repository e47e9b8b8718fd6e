"""Sockets: opening compared with the bare echo, a storm of reconnects, memory when idle."""

import asyncio
import resource
from dataclasses import replace
from itertools import cycle, islice
from statistics import median
from time import perf_counter

import psutil
import uvloop

from bench.audit import Account
from bench.crowd import Target, open_crowd
from bench.fanout import probe
from bench.plan import OPENING_RATIO, SOCKET_KILOBYTES, STORM_SECONDS, Plan
from bench.results import Burst, Figure, Meter, compare
from bench.stage import Stage

SPARE_FILES = 500  # file descriptors of the server and the load generator for other things than the crowd's sockets
PATIENCE_SECONDS = 45.0  # for deliveries to many sockets


def measure_sockets(stage: Stage) -> list[Figure]:
    """Compare sockets opened per second with the echo, then measure a storm of reconnects."""
    with stage.members.target() as app, stage.echo(uvloop.run(probe(app))) as echo:
        return [uvloop.run(compare_opening([app, echo], stage.plan)), uvloop.run(measure_storms(app, stage.plan))]


async def compare_opening(targets: list[Target], plan: Plan) -> Figure:
    """Compare the sockets opened and joined per second; the rounds are short, so there are two more."""
    accounts: list[Account] = []
    async with asyncio.timeout(plan.limit_seconds):
        pairs = [[await open_all(target, plan, accounts) for target in targets] for _ in range(plan.rounds + 2)]
    name = f"sockets opened per second, {plan.largest}"
    return compare(name, OPENING_RATIO, pairs, "app echo", accounts=accounts)


async def open_all(target: Target, plan: Plan, accounts: list[Account]) -> Burst:
    """Open a socket for each member of the largest room."""
    await asyncio.sleep(plan.rest_seconds / 4)  # for the other server to clean up the last sockets
    meter = Meter(target.pids)
    async with open_crowd(target, plan.largest) as crowd:
        burst = meter.burst(rate=crowd.opened_per_second)
        accounts.append(crowd.account(f"{target.name}: opening {plan.largest} sockets"))
        return burst


async def measure_storms(target: Target, plan: Plan) -> Figure:
    """Measure the seconds until all reconnecting members of a room are up to date."""
    async with asyncio.timeout(plan.limit_seconds):
        rounds = [await storm(target, plan) for _ in range(plan.rounds)]
    opened, replayed, live = ([seconds[step] for seconds, _ in rounds] for step in range(3))
    figure = Figure(f"storm of {plan.largest} reconnects", "s", live, STORM_SECONDS, at_least=False)
    steps = f"all open after {median(opened):.2f} s, replayed after {median(replayed):.2f} s"
    figure.notes = [f"{plan.missed_changes} missed changes; {steps}, and finally one more message delivered to all"]
    figure.accounts = [account for _, account in rounds]
    return figure


async def storm(target: Target, plan: Plan) -> tuple[list[float], Account]:
    """Post while the members are offline, then open all their sockets at once, then post again.

    Return the seconds until all sockets were open, had replayed what they missed, and had received the last message.
    """
    endpoints = target.endpoints(plan.largest)  # these request changes after the current revision
    async with open_crowd(replace(target, endpoints=lambda members: endpoints[:1]), 1) as poster:
        for _ in range(plan.missed_changes - 1):  # joining has posted one
            poster.post_in_turn()
        await poster.settle()
    async with open_crowd(target, 0) as crowd:
        crowd.expect(poster.posted, len(endpoints))
        times = [perf_counter()]
        await crowd.open(endpoints, at_once=len(endpoints))
        times.append(perf_counter())
        await crowd.settle(PATIENCE_SECONDS)
        times.append(perf_counter())
        crowd.post_in_turn()
        await crowd.settle()
        times.append(perf_counter())
        return [time - times[0] for time in times[1:]], crowd.account(f"storm of {len(endpoints)}")


def measure_memory(stage: Stage) -> list[Figure]:
    """Measure the kilobytes per idle socket, only once because a process doesn't return all memory."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES
    sockets = min(stage.plan.idle_sockets, limit)
    with stage.members.target() as target:
        before, after, account = uvloop.run(measure_idle(target, sockets, stage.plan))
    name, kilobytes = f"memory per socket, {sockets:,} idle", (after - before) / sockets
    figure = Figure(name, "KB", [kilobytes], SOCKET_KILOBYTES, at_least=False, shown=1, accounts=[account])
    figure.notes = [f"resident memory {before / 1024:.0f} MB before, {after / 1024:.0f} MB with all sockets"]
    return [figure]


async def measure_idle(target: Target, sockets: int, plan: Plan) -> tuple[float, float, Account]:
    """Return the server's memory in KB before and with the sockets, all of which must then receive a message."""
    async with asyncio.timeout(plan.limit_seconds):
        async with open_crowd(target, min(plan.fanouts)):  # warm up
            await asyncio.sleep(plan.rest_seconds)
        server, endpoints = psutil.Process(target.pids[0]), cycle(target.endpoints(plan.largest))
        before = server.memory_info().rss / 1024
        async with open_crowd(target, 0) as crowd:
            await crowd.open(list(islice(endpoints, sockets)))
            await asyncio.sleep(plan.rest_seconds)
            after = server.memory_info().rss / 1024
            crowd.post_in_turn()
            await crowd.settle(PATIENCE_SECONDS)
            return before, after, crowd.account(f"{sockets} idle sockets")
