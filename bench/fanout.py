"""The fan-out: messages from some members to all, as fast as the server can or at a steady pace."""

import asyncio
from array import array
from collections.abc import Awaitable
from dataclasses import dataclass
from time import perf_counter

from bench.crowd import Crowd
from bench.usage import Meter, Usage

WARM_UP_SECONDS = 0.5


@dataclass
class Burst:
    """What a span of load brought: deliveries per second, the latency of each in seconds, the cores' use."""

    delivered_per_second: float
    latencies: array
    usage: Usage


async def saturate(crowd: Crowd, seconds: float, in_flight: int) -> Burst:
    """Keep a number of messages in flight: each that has reached all members makes room for the next one."""
    crowd.ledger.on_complete = crowd.post_in_turn
    for _ in range(in_flight):
        crowd.post_in_turn()
    await asyncio.sleep(WARM_UP_SECONDS)
    burst = await _measure(crowd, asyncio.sleep(seconds))
    crowd.ledger.on_complete = lambda: None
    await crowd.settle()
    return burst


async def pace(crowd: Crowd, seconds: float, per_second: float) -> Burst:
    """Post at a steady pace, whether or not the earlier messages have arrived."""
    burst = await _measure(crowd, _post_steadily(crowd, round(seconds * per_second), 1 / per_second))
    await crowd.settle()
    return burst


async def _post_steadily(crowd: Crowd, count: int, interval: float) -> None:
    start = perf_counter()
    for number in range(count):
        crowd.post_in_turn()
        await asyncio.sleep(start + (number + 1) * interval - perf_counter())


async def _measure(crowd: Crowd, load: Awaitable[None]) -> Burst:
    crowd.ledger.latencies = latencies = array("d")
    meter, start = Meter(crowd.target.pids), perf_counter()
    await load
    elapsed, usage = perf_counter() - start, meter.read()
    crowd.ledger.latencies = array("d")
    return Burst(len(latencies) / elapsed, latencies, usage)
