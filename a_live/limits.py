"""Token buckets: a burst at once, then a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from math import ceil
from threading import Lock

import redis
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.timesince import TIME_STRINGS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from a_live.redis_client import connect

BUCKETS_LIMIT = 10_000  # per process; dropping the least recently used can only let more through

# Generic cell rate algorithm (ITU-T I.371): for each key, the time at which its bucket will be full again.
# The arguments are burst and rate, then the cost of each key. What is later than for an empty bucket was stored before
# the clock went back.
GCRA = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local empty = now + ARGV[1] / ARGV[2]
local waits = {}

local function store(key, full)
  redis.call('SET', key, string.format('%.6f', full), 'PX', math.ceil((full - now) * 1000) + 1000)
end

for i, key in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call('GET', key) or now), now)
  if full > empty + 0.001 then
    full = empty
    store(key, full)
  end
  full = math.max(full + ARGV[i + 2] / ARGV[2], now)
  if full - empty > 0.000001 then
    waits[i] = tostring(full - empty)
  else
    store(key, full)
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
        self.lock = Lock()

    def take(self, key: object, cost: float = 1) -> float:
        """Take `cost` tokens and return 0, or take none and return the seconds until there are enough.

        A negative cost gives tokens back.
        """
        with self.lock:
            full, wait = self._after(key, cost)
            if wait == 0:
                self._store(key, full)
            return wait

    def spend(self, key: object, cost: float) -> None:
        """Take `cost` tokens, more than there are if need be: `wait` tells how long the key is in debt."""
        with self.lock:
            self._store(key, self._after(key, cost)[0])

    def wait(self, key: object, cost: float = 0) -> float:
        """Return the seconds until there are `cost` tokens, or with none until a key is out of debt; take none."""
        return self._after(key, cost)[1]

    def clear(self) -> None:
        """Fill the buckets of all keys."""
        with self.lock:
            self.full_at.clear()

    def _after(self, key: object, cost: float) -> tuple[float, float]:
        """Return when the bucket would be full again after taking `cost`, and the seconds until that is allowed."""
        now = time.monotonic()
        full = max(max(self.full_at.get(key, now), now) + cost / self.rate, now)
        wait = full - now - self.burst / self.rate
        return full, wait if wait > 1e-6 else 0.0

    def _store(self, key: object, full: float) -> None:
        self.full_at[key] = full
        self.full_at.move_to_end(key)
        if len(self.full_at) > BUCKETS_LIMIT:
            self.full_at.popitem(last=False)

    def take_all(self, wanted: Wanted) -> list[float]:
        """Take tokens for several keys in order; return the result of `take` for each."""
        return [self.take(key, cost) for key, cost in wanted]


class SharedBucket(Bucket):
    """A rate limit per key, shared through Redis; while Redis is down, each process counts for itself."""

    def __init__(self, name: str, burst: float, rate: float) -> None:
        super().__init__(burst, rate)
        self.name = name
        self.script = connect(settings.REDIS_URL, timeout=0.2).register_script(GCRA)
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
    """A user is over a rate limit; `wait` is the number of seconds until they can try again.

    `reason` says, in a sentence, what was too quick.
    """

    def __init__(self, wait: float, reason: str | Promise) -> None:
        later = _("Try again in %(time)s.") % {"time": describe_wait(wait)}
        super().__init__(f"{reason} {later}", code="flood")
        self.wait = wait

    @property
    def retry_after(self) -> str:
        """The value of the header Retry-After."""
        return str(ceil(self.wait))


def describe_wait(seconds: float) -> str:
    """Return "5 seconds", "5 minutes" or "2 hours" in the active language, rounded up."""
    count = max(1, ceil(seconds))
    if count < 100:
        return ngettext("%(count)d second", "%(count)d seconds", count) % {"count": count}
    minutes = ceil(seconds / 60)
    unit, number = ("minute", minutes) if minutes < 100 else ("hour", ceil(minutes / 60))
    return TIME_STRINGS[unit] % {"num": number}
