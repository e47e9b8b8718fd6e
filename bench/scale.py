"""From one process to two over Redis: what each costs for a delivery.

On two cores, with the load generator on one, two server processes share the other: their wall clock cannot double.
So what is compared is CPU time, and the busier of the two processes decides: with a core for each, the pair delivers
as much more as it needs less of the busier one for each delivery.
"""

import asyncio
from dataclasses import dataclass
from statistics import median

import uvloop

from bench.account import Account, take_account
from bench.crowd import gathered
from bench.fanout import Burst, saturate
from bench.figure import Figure
from bench.plan import TWO_PROCESSES, Plan
from bench.stage import Stage
from bench.target import Target


@dataclass
class Turn:
    """A round with one and with two processes."""

    one: Burst
    two: Burst
    accounts: list[Account]

    @property
    def gain(self) -> float:
        """How many times the deliveries of one process two would bring, with a core for each."""
        return per_core(self.two) / per_core(self.one)


def per_core(burst: Burst) -> float:
    """Return the deliveries for a second of CPU time of the busiest process."""
    return burst.delivered_per_second / max(burst.usage.busiest, 0.01)


def measure(stage: Stage, plan: Plan) -> list[Figure]:
    """Return, for every round, how many times the deliveries of one process two would bring."""
    with stage.app() as one, stage.app(processes=2) as two:
        turns = uvloop.run(carry_out(one, two, plan))
    name, gains = f"two processes to one, {plan.largest} members", [turn.gain for turn in turns]
    accounts = [account for turn in turns for account in turn.accounts]
    return [Figure(name, "times", gains, TWO_PROCESSES, shown=2, accounts=accounts, notes=[explain(turns)])]


async def carry_out(one: Target, two: Target, plan: Plan) -> list[Turn]:
    """Saturate one process and two in turn, the clients of the two split half and half."""
    turns = []
    async with asyncio.timeout(plan.limit_seconds):
        for _ in range(plan.rounds):
            (alone, first), (together, second) = [await saturated(target, plan) for target in (one, two)]
            turns.append(Turn(alone, together, [first, second]))
    return turns


async def saturated(target: Target, plan: Plan) -> tuple[Burst, Account]:
    """Put the largest room under full load."""
    async with gathered(target, plan.largest) as crowd:
        burst = await saturate(crowd, plan.saturated_seconds, plan.in_flight)
        return burst, take_account(crowd, f"{len(target.pids)} processes with {plan.largest} members")


def explain(turns: list[Turn]) -> str:
    """Say what was measured and what this machine cannot show."""
    sides = [[turn.one for turn in turns], [turn.two for turn in turns]]
    one, two = (median(map(per_core, bursts)) for bursts in sides)
    wall_one, wall_two = (median(burst.delivered_per_second for burst in bursts) for bursts in sides)
    return (
        f"measured in CPU time: {one:,.0f} deliveries for a CPU second of the one process, {two:,.0f} for a CPU second "
        f"of the busier of two; both shared one core here, so their wall clock ({wall_one:,.0f} and {wall_two:,.0f} "
        "deliveries/s) cannot show the gain, and neither shows what Redis takes of a third core"
    )
