"""The cache that processes share in Redis: while Redis is away, nothing is cached and nobody is kept out."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis as django_redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0  # for which nobody asks a Redis that did not answer
OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), retries=0)}


class ForgivingClient(django_redis.RedisCacheClient):
    """Django's client, which answers as an empty cache would where Redis does not answer."""

    away_until = 0.0

    def add(self, *args: Any) -> bool:
        """Store what is not there; claim to have done so."""
        return self._ask(super().add, args, True)

    def get(self, key: Any, default: Any) -> Any:
        """Return what is stored, else the default."""
        return self._ask(super().get, (key, default), default)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        """Return what is stored of these."""
        return self._ask(super().get_many, (keys,), {})

    def set(self, *args: Any) -> None:
        """Store."""
        self._ask(super().set, args, None)

    def touch(self, *args: Any) -> bool:
        """Keep for longer."""
        return self._ask(super().touch, args, False)

    def delete(self, *args: Any) -> bool:
        """Forget."""
        return self._ask(super().delete, args, False)

    def _ask(self, method: Callable[..., Any], args: tuple[Any, ...], otherwise: Any) -> Any:
        if time.monotonic() < self.away_until:
            return otherwise
        try:
            return method(*args)
        except (RedisError, OSError) as error:
            self.away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("the cache is away: %s", error)
            return otherwise


class ForgivingRedisCache(django_redis.RedisCache):
    """Django's cache in Redis with the forgiving client."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": OPTIONS | params.get("OPTIONS", {})})
        self._class = ForgivingClient
