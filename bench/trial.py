"""A trial: one room of one server, from its first socket to the account of its last message."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.account import Account, take_account
from bench.crowd import gathered
from bench.fanout import Burst, pace, saturate
from bench.plan import Plan
from bench.target import Target


@dataclass
class Trial:
    """What one crowd brought."""

    target: str
    members: int
    opened_per_second: float
    saturated: Burst
    paced: Burst | None
    account: Account


async def take_turns(targets: list[Target], plan: Plan) -> AsyncIterator[Trial]:
    """Try the targets one after the other, room by room, so that a drift of the machine hits all alike."""
    for _ in range(plan.rounds):
        for members in plan.sizes:
            for target in targets:
                yield await try_out(target, members, plan)


async def try_out(target: Target, members: int, plan: Plan) -> Trial:
    """Fill a room, put it under load, and check what became of every message."""
    async with gathered(target, members) as crowd:
        saturated = await saturate(crowd, plan.saturated_seconds, plan.in_flight)
        paced = None
        if members == max(plan.sizes):
            paced = await pace(crowd, plan.paced_seconds, plan.paced_per_second)
        account = take_account(crowd, f"{target.name} with {members} members")
        return Trial(target.name, members, crowd.opened_per_second, saturated, paced, account)
