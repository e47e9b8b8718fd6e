"""How much is measured: the whole run, and a smoke run for the tests."""

from dataclasses import dataclass

FANOUT_RATIO = 0.65  # fan-out in the largest room, the application's share of the bare echo
OPENING_RATIO = 0.3  # sockets opened and joined per second, its share
POSTS_PER_SECOND = 300.0  # into one room
STORM_SECONDS = 3.0  # until all who reconnect at once are served
SOCKET_KILOBYTES = 45.0  # of an idle socket
LATENCY_MS = 100.0  # the 99th percentile at the steady pace, in the largest room
TWO_PROCESSES = 1.7  # times the deliveries of one


@dataclass(frozen=True)
class Plan:
    """The sizes of rooms and how long each is under load, in seconds; the name is the results' file's."""

    name: str
    rounds: int
    sizes: tuple[int, ...]
    saturated_seconds: float
    paced_seconds: float
    idle_sockets: int
    paced_per_second: float = 10.0
    rest_seconds: float = 1.0  # for a server to come to rest, before its memory is measured
    keep_process: bool = False  # for all measures: quicker, and less exact, than a fresh one for each
    in_flight: int = 4  # messages under way at once in the saturated runs
    missed_changes: int = 50  # by each socket of the storm
    limit_seconds: float = 200.0  # of each measure; one that takes longer has failed

    @property
    def largest(self) -> int:
        """The members of the largest room."""
        return max(self.sizes)


FULL = Plan("latest", rounds=3, sizes=(100, 1000), saturated_seconds=2.5, paced_seconds=2.0, idle_sockets=10_000)
QUICK = Plan("quick", 1, (50,), 0.5, 0.5, idle_sockets=200, rest_seconds=0.2, keep_process=True)
