"""A trial: one room of one server, from its first socket to the audit of its last message."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bench.audit import Audit, audit, stored_in_order
from bench.crowd import Crowd, gathered
from bench.fanout import Burst, pace, saturate
from bench.ledger import Ledger
from bench.plan import Plan
from bench.target import Target


@dataclass
class Trial:
    """What one crowd brought, and what was wrong with its deliveries.

    `lost` and `doubled` count deliveries, `disordered` sockets that saw another order than the database's.
    `closed` tells how many sockets the server closed, by code. `strays` are texts that carried no message.
    """

    target: str
    members: int
    opened_per_second: float
    saturated: Burst
    paced: Burst | None
    posted: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    closed: dict[int, int] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    audit: Audit | None = None

    @property
    def passed(self) -> bool:
        """Whether every message reached everyone, once and in order, and what was acknowledged is stored."""
        stored = self.audit is None or self.audit.passed
        return stored and not (self.lost or self.doubled or self.disordered)


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
        trial = Trial(target.name, members, crowd.opened_per_second, saturated, paced)
        check_deliveries(trial, crowd)
    check_storage(trial, crowd.ledger, target)
    return trial


def check_deliveries(trial: Trial, crowd: Crowd) -> None:
    """Count into the trial what did not arrive as it should have."""
    ledger = crowd.ledger
    trial.posted, trial.lost, trial.doubled = len(ledger.posted), ledger.lost, ledger.doubled
    trial.closed = crowd.close_codes
    trial.strays = [text.decode(errors="replace") for text in ledger.strays]


def check_storage(trial: Trial, ledger: Ledger, target: Target) -> None:
    """Compare what was acknowledged, and the order of its arrival, with the database, if there is one."""
    if target.database is not None:
        trial.audit = audit(target.database, ledger.acknowledged)
        trial.disordered = ledger.disordered(stored_in_order(target.database))
