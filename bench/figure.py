"""A figure: a measure of the application alone, against a target in absolute terms."""

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from bench.account import Account


@dataclass
class Figure:
    """What the rounds of one measure brought, in its unit.

    The target is the least that is wanted, or the most where `at_least` is false. `shown` is how many decimals
    a table gives. `notes` say what was measured, and what else decided it.
    """

    name: str
    unit: str
    values: list[float]
    target: float
    at_least: bool = True
    shown: int = 0
    accounts: list[Account] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the median keeps the target."""
        return self.value >= self.target if self.at_least else self.value <= self.target

    @property
    def lost(self) -> int:
        """How many deliveries never came, in all rounds."""
        return sum(account.lost for account in self.accounts)

    def number(self, value: float) -> str:
        """Return a value of this figure as a table shows it."""
        return f"{value:,.{self.shown}f}"

    def aim(self) -> str:
        """Return the target in words."""
        return f"at {'least' if self.at_least else 'most'} {self.number(self.target)}"

    def as_json(self) -> dict[str, Any]:
        """Return everything of it, with what is worked out from it."""
        worked_out = {"value": self.value, "reached": self.reached, "lost": self.lost, "aim": self.aim()}
        return asdict(self) | worked_out
