"""Token buckets: a burst at once, then a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from math import ceil

import redis
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext_lazy
from redis.backoff import NoBackoff
from redis.retry import Retry

BUCKETS_LIMIT = 10_000  # per process; dropping the least recently used can only let more through

# Generic cell rate algorithm (ITU-T I.371): for each key, the time at which its bucket will be full again.
# The arguments are burst and rate, then the cost of each key.
GCRA = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local waits = {}
for i, key in ipairs(KEYS) do
  local full = math.max(math.max(tonumber(redis.call('GET', key) or now), now) + ARGV[i + 2] / ARGV[2], now)
  local wait = full - now - ARGV[1] / ARGV[2]
  if wait > 0.000001 then
    waits[i] = tostring(wait)
  else
    redis.call('SET', key, string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1000)
    waits[i] = '0'
  end
end
return waits
"""

Wanted = Sequence[tuple[object, float]]  # keys and their costs in tokens


class Bucket:
    """A rate limit per key, counted in this process: `burst` at once, then `rate` per second."""

    def __init__(self, burst: float, rate: float) -> None:
        self.burst, self.rate = burst, rate
        self.full_at: OrderedDict[object, float] = OrderedDict()

    def take(self, key: object, cost: float = 1) -> float:
        """Take `cost` tokens and return 0, or take none and return the seconds until there are enough.

        A negative cost gives tokens back.
        """
        now = time.monotonic()
        full = max(max(self.full_at.get(key, now), now) + cost / self.rate, now)
        wait = full - now - self.burst / self.rate
        if wait > 1e-6:
            return wait
        self.full_at[key] = full
        self.full_at.move_to_end(key)
        if len(self.full_at) > BUCKETS_LIMIT:
            self.full_at.popitem(last=False)
        return 0.0

    def take_all(self, wanted: Wanted) -> list[float]:
        """Take tokens for several keys in order; return the result of `take` for each."""
        return [self.take(key, cost) for key, cost in wanted]


class SharedBucket(Bucket):
    """A rate limit per key, shared through Redis; while Redis is down, each process counts for itself."""

    def __init__(self, name: str, burst: float, rate: float) -> None:
        super().__init__(burst, rate)
        self.name = name
        no_retries = Retry(NoBackoff(), retries=0)  # no redis-py retries: every post would wait for all of them
        connection = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.2, socket_connect_timeout=0.2, retry=no_retries
        )
        self.script = connection.register_script(GCRA)
        self.down_until = 0.0

    def take(self, key: object, cost: float = 1) -> float:
        """Take `cost` tokens and return 0, or take none and return the seconds until there are enough."""
        return self.take_all([(key, cost)])[0]

    def take_all(self, wanted: Wanted) -> list[float]:
        """Take tokens for several keys in one round trip; return the result of `take` for each."""
        if time.monotonic() >= self.down_until:
            keys, costs = [f"backchat:{self.name}:{key}" for key, _ in wanted], [cost for _, cost in wanted]
            try:
                return [float(wait) for wait in self.script(keys=keys, args=[self.burst, self.rate, *costs])]
            except (redis.RedisError, OSError):
                self.down_until = time.monotonic() + 5  # seconds, so that not every post waits for a hanging Redis
        return [super(SharedBucket, self).take(key, cost) for key, cost in wanted]


def bucket(name: str, burst: float, rate: float) -> Bucket:
    """Return a rate limit, shared between processes if Redis is configured."""
    return SharedBucket(name, burst, rate) if settings.REDIS_URL else Bucket(burst, rate)


class TooFast(ValidationError):
    """A user is over a rate limit; `wait` is the number of seconds until they can try again."""

    def __init__(self, wait: float) -> None:
        reason = ngettext_lazy(
            "You're sending messages too quickly. Try again in %(seconds)d second.",
            "You're sending messages too quickly. Try again in %(seconds)d seconds.",
            "seconds",
        )
        super().__init__(reason, code="flood", params={"seconds": ceil(wait)})
        self.wait = wait
