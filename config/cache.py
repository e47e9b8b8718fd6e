"""A shared cache in Redis that acts as an empty cache while Redis is down."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis as django_redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5.0  # how long to leave Redis alone after an error
OPTIONS = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), retries=0)}


class ForgivingClient(django_redis.RedisCacheClient):
    """Django's Redis client, acting as an empty cache while Redis is down."""

    retry_at = 0.0

    def add(self, *args: Any) -> bool:
        """Store a missing key; report success while Redis is down."""
        return self._call(super().add, args, True)

    def get(self, key: Any, default: Any) -> Any:
        """Return the value of a key, or the default."""
        return self._call(super().get, (key, default), default)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        """Return the values of the keys that exist."""
        return self._call(super().get_many, (keys,), {})

    def set(self, *args: Any) -> None:
        self._call(super().set, args, None)

    def touch(self, *args: Any) -> bool:
        return self._call(super().touch, args, False)

    def delete(self, *args: Any) -> bool:
        return self._call(super().delete, args, False)

    def _call(self, method: Callable[..., Any], args: tuple[Any, ...], fallback: Any) -> Any:
        if time.monotonic() < self.retry_at:
            return fallback
        try:
            return method(*args)
        except (RedisError, OSError) as error:
            self.retry_at = time.monotonic() + RETRY_SECONDS
            logger.warning("the cache is down: %s", error)
            return fallback


class ForgivingRedisCache(django_redis.RedisCache):
    """Django's Redis cache with ForgivingClient."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": OPTIONS | params.get("OPTIONS", {})})
        self._class = ForgivingClient
