"""The memory of idle sockets: what the server's process grows by, for each that is open and joined to a room."""

import asyncio
import resource
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter

import psutil
import uvloop

from bench.account import Account, take_account
from bench.crowd import Crowd, gathered
from bench.figure import Figure
from bench.ledger import Ledger
from bench.plan import SOCKET_KILOBYTES, Plan
from bench.stage import Stage
from bench.target import Target

SPARE_FILES = 500  # file descriptors of the server and of the load generator that are no sockets of the crowd
PATIENCE_SECONDS = 30.0  # for a message to all


@dataclass
class Rest:
    """The server's memory in KB before and with the open sockets, and how long opening them took in seconds."""

    before: float
    after: float
    opening: float
    account: Account


def measure(stage: Stage, plan: Plan) -> list[Figure]:
    """Return the kilobytes per socket, once: a process does not give memory back as it takes it."""
    sockets = affordable(plan.idle_sockets)
    with stage.app() as target:
        rest = uvloop.run(carry_out(target, sockets, plan))
    figure = Figure(f"memory per socket, {sockets:,} idle", "KB", [(rest.after - rest.before) / sockets], 0.0)
    figure.target, figure.at_least, figure.shown, figure.accounts = SOCKET_KILOBYTES, False, 1, [rest.account]
    figure.notes = [explain(rest, sockets, plan)]
    return [figure]


def affordable(sockets: int) -> int:
    """Return how many of these sockets one process may open."""
    return min(sockets, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)


async def carry_out(target: Target, sockets: int, plan: Plan) -> Rest:
    """Open the sockets, some to each member's session, and weigh the server; then a message has to reach all."""
    async with asyncio.timeout(plan.limit_seconds):
        await warm_up(target, plan)
        crowd, before, start = Crowd(target, Ledger(target.frame)), memory(target), perf_counter()
        try:
            await crowd.open(list(islice(cycle(target.doors(plan.largest)), sockets)))
            opening = perf_counter() - start
            await asyncio.sleep(plan.rest_seconds)
            after = memory(target)
            crowd.post_in_turn()
            await crowd.settle(PATIENCE_SECONDS)
            return Rest(before, after, opening, take_account(crowd, f"{sockets} idle sockets"))
        finally:
            crowd.abandon()


async def warm_up(target: Target, plan: Plan) -> None:
    """Let the server load what it loads once."""
    async with gathered(target, min(plan.sizes)):
        await asyncio.sleep(plan.rest_seconds)


def memory(target: Target) -> float:
    """Return the resident memory of the server in KB."""
    return sum(psutil.Process(pid).memory_info().rss for pid in target.pids) / 1024


def explain(rest: Rest, sockets: int, plan: Plan) -> str:
    """Say what was weighed."""
    short = "" if sockets == plan.idle_sockets else f"; the limit of open files allows no {plan.idle_sockets:,}"
    return (
        f"resident memory {rest.before / 1024:.0f} MB before, {rest.after / 1024:.0f} MB with {sockets:,} sockets of "
        f"{plan.largest:,} members in one room, opened in {rest.opening:.1f} s; "
        f"a message then reached all but {rest.account.lost}{short}"
    )
