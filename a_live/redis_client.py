"""Connecting to Redis for callers that can do without its answer."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str, timeout: float) -> redis.Redis:
    """Return a client that answers or raises within `timeout` seconds.

    It doesn't retry as redis-py does by default: callers would wait for all attempts.
    """
    no_retries = Retry(NoBackoff(), retries=0)
    return redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=no_retries)
