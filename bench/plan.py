"""How much is measured: the whole run, and a smoke run for the tests."""

from dataclasses import dataclass

TARGET_RATIO = 0.5  # fan-out in the largest room, the application's share of the bare echo


@dataclass(frozen=True)
class Plan:
    """The sizes of rooms and how long each is under load, in seconds; the name is the results' file's."""

    name: str
    rounds: int
    sizes: tuple[int, ...]
    saturated_seconds: float
    paced_seconds: float
    paced_per_second: float = 10.0
    in_flight: int = 4  # messages under way at once in the saturated runs
    limit_seconds: float = 240.0  # of all rounds; a run that takes longer has failed


FULL = Plan("latest", rounds=3, sizes=(100, 1000), saturated_seconds=2.5, paced_seconds=2.0)
QUICK = Plan("quick", rounds=1, sizes=(50,), saturated_seconds=1.0, paced_seconds=1.0, limit_seconds=60.0)
