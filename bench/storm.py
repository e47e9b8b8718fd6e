"""The storm: everyone comes back at once and has missed some changes, as after a restart."""

import asyncio
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

import uvloop

from bench.account import Account, take_account
from bench.client import Door
from bench.crowd import Crowd, gathered
from bench.figure import Figure
from bench.ledger import Ledger, Posted
from bench.plan import STORM_SECONDS, Plan
from bench.stage import Stage
from bench.target import Target

PATIENCE_SECONDS = 45.0  # what has not come by then is lost


@dataclass
class Storm:
    """Seconds from the first connect until all sockets were open, had their replay, and had a later message."""

    opened: float
    replayed: float
    live: float
    account: Account


def measure(stage: Stage, plan: Plan) -> list[Figure]:
    """Return the seconds until a room of reconnecting members is served, for every round."""
    with stage.app() as target:
        storms = uvloop.run(carry_out(target, plan))
    name, seconds = f"storm of {plan.largest} reconnects", [storm.live for storm in storms]
    accounts, notes = [storm.account for storm in storms], [explain(storms, plan)]
    return [Figure(name, "s", seconds, STORM_SECONDS, at_least=False, shown=2, accounts=accounts, notes=notes)]


async def carry_out(target: Target, plan: Plan) -> list[Storm]:
    """Let as many storms break loose as there are rounds."""
    async with asyncio.timeout(plan.limit_seconds):
        return [await break_loose(target, plan) for _ in range(plan.rounds)]


async def break_loose(target: Target, plan: Plan) -> Storm:
    """Change the room behind everyone's back, then open all sockets as fast as possible."""
    doors = target.doors(plan.largest)  # they ask for what comes after the newest revision of this moment
    missed = await change(target, doors[0], plan.missed_changes)
    crowd = Crowd(target, Ledger(target.frame))
    try:
        return await reconnect(crowd, doors, missed)
    finally:
        await crowd.leave()


async def change(target: Target, door: Door, times: int) -> dict[bytes, Posted]:
    """Post messages from one member; return them when they are stored."""
    async with gathered(replace(target, doors=lambda members: [door]), 1) as crowd:
        for _ in range(times - 1):  # joining has posted one
            crowd.post_in_turn()
        await crowd.settle()
        return crowd.ledger.posted


async def reconnect(crowd: Crowd, doors: list[Door], missed: dict[bytes, Posted]) -> Storm:
    """Open a socket at each door at once; each is to receive what was missed, then one message more."""
    crowd.ledger.expect(missed, len(doors))
    start = perf_counter()
    await crowd.open(doors, at_once=len(doors))
    opened = perf_counter() - start
    await crowd.settle(PATIENCE_SECONDS)
    replayed = perf_counter() - start
    crowd.post_in_turn()
    await crowd.settle()
    live = perf_counter() - start
    return Storm(opened, replayed, live, take_account(crowd, f"storm of {len(doors)}"))


def explain(storms: list[Storm], plan: Plan) -> str:
    """Say when what had been reached."""
    opened, replayed = (median(getattr(storm, step) for storm in storms) for step in ("opened", "replayed"))
    return (
        f"each signed in, {plan.missed_changes} changes behind; all open after {opened:.2f} s, "
        f"replayed after {replayed:.2f} s, then a message has reached all"
    )
