"""The account of one crowd: what became of every message, for its readers and in the database."""

from dataclasses import dataclass, field

from bench.audit import Audit, audit, stored_in_order
from bench.crowd import Crowd
from bench.target import Target


@dataclass
class Account:
    """What was wrong with the deliveries of one crowd, where anything was.

    `lost` and `doubled` count deliveries, `disordered` sockets that saw another order than the database's.
    `closed` tells how many sockets the server closed, by code. `strays` are texts that carried no message.
    """

    where: str
    posted: int
    lost: int
    doubled: int
    disordered: int = 0
    closed: dict[int, int] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    audit: Audit | None = None

    @property
    def passed(self) -> bool:
        """Whether every message reached everyone, once and in order, and what was acknowledged is stored."""
        stored = self.audit is None or self.audit.passed
        return stored and not (self.lost or self.doubled or self.disordered)


def take_account(crowd: Crowd, where: str) -> Account:
    """Count what did not arrive as it should have, and what the database, if there is one, says of the rest."""
    ledger = crowd.ledger
    account = Account(where, len(ledger.posted), ledger.lost, ledger.doubled, closed=crowd.close_codes)
    account.strays = [text.decode(errors="replace") for text in ledger.strays]
    check_storage(account, crowd, crowd.target)
    return account


def check_storage(account: Account, crowd: Crowd, target: Target) -> None:
    """Compare what was acknowledged, and the order of its arrival, with the database."""
    if target.database is not None:
        account.audit = audit(target.database, crowd.ledger.acknowledged)
        account.disordered = crowd.ledger.disordered(stored_in_order(target.database))
