"""The targets, and the size of a run."""

from dataclasses import dataclass, replace

FANOUT_RATIOS = {(1000, 4): 1.2, (1000, 16): 2.0, (100, 4): 0.7}  # (members, messages in flight): times the echo
OPENING_RATIO = 0.7  # sockets opened and joined per second, times the echo
POSTS_PER_SECOND = {"SQLite": 900.0, "PostgreSQL": 600.0}  # into one room
LATENCY_MS = 100.0  # the 99th percentile at a steady pace, in the largest room
STORM_SECONDS = 3.0  # until all members who reconnect at once are up to date
SOCKET_KILOBYTES = 45.0  # per idle socket
TWO_PROCESSES = 1.7  # times the deliveries of one process
ELSEWHERE_RATIO = 1.3  # the server's CPU time with members on other pages, times that without them
LARGE_TO_SMALL = 1.1  # page time of a large room, times that of a small one


@dataclass(frozen=True)
class Plan:
    """The numbers of rounds, members, messages and seconds of a run; `name` is the name of its results file."""

    name: str
    rounds: int
    fanouts: dict[int, tuple[int, ...]]  # {members: numbers of messages in flight}
    seconds: float  # of saturated sockets
    paced_seconds: float
    page_seconds: float
    idle_sockets: int
    rooms: int  # in the long list of rooms
    messages: int  # in the large room
    elsewhere: int = 1_000  # members on other pages
    elsewhere_rooms: int = 50  # that they are members of
    elsewhere_seconds: float = 8.0  # of posts into these rooms
    responses: int = 40  # the minimum per page; slow pages get more time
    keep_process: bool = False  # use one process for all measurements
    rest_seconds: float = 1.0  # before the memory of a server is measured
    paced_per_second: float = 10.0
    missed_changes: int = 50  # by each socket of the storm
    limit_seconds: float = 200.0  # for each part; one that takes longer fails

    @property
    def largest(self) -> int:
        """The number of members of the largest room."""
        return max(self.fanouts)


FULL = Plan("latest", 3, {100: (4,), 1000: (4, 16)}, 2.5, 2.0, 0.8, idle_sockets=10_000, rooms=500, messages=50_000)
QUICK = Plan(
    "quick", 1, {50: (4,)}, 0.8, 0.5, 0.2, 200, rooms=40, messages=400, rest_seconds=0.2, responses=8, keep_process=True
)
QUICK = replace(QUICK, elsewhere=40, elsewhere_rooms=4, elsewhere_seconds=0.5)
