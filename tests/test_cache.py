"""The shared cache with a real Redis, up and down."""

import pytest

from config.cache import ForgivingRedisCache


@pytest.fixture
def cache(redis):
    return ForgivingRedisCache(redis.url, {})


def test_it_stores_values(cache):
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    cache.set("b", [2])
    assert cache.get_many(["a", "b"]) == {"a": 1, "b": [2]}
    assert cache.delete("a")
    assert cache.get("a") is None


def test_without_redis_it_acts_as_an_empty_cache(redis, cache):
    redis.kill()
    try:
        cache.set("a", 1)
        assert cache.add("a", 1)
        assert cache.get("a", "nothing") == "nothing"
        assert (cache.get_many(["a"]), cache.delete("a")) == ({}, False)
    finally:
        redis.start()
