"""Something limited that clients hold together: while it is short, those who hold the most are refused."""

from collections import Counter


class Shares:
    """Amounts held by clients; beyond the limit, nobody gets more than an equal share of it."""

    def __init__(self, limit: int) -> None:
        self.limit, self.total = limit, 0
        self.held: Counter[str] = Counter()

    def add(self, client: str, amount: int) -> None:
        """Add to what a client holds, or take a negative amount off."""
        self.total += amount
        self.held[client] += amount
        if not self.held[client]:
            del self.held[client]

    def is_over(self, client: str) -> bool:
        """Return whether a client holds too much: its share of a limit that is reached, or of twice that, anything."""
        if self.total < self.limit:
            return False
        clients = len(self.held) + (client not in self.held)
        return self.total >= 2 * self.limit or self.held[client] >= self.limit // clients
