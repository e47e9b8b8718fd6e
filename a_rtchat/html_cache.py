"""A cache of HTML in the process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings

S = TypeVar("S", bound=str)


class HTMLCache:
    """A thread-safe LRU cache, limited by the total characters of its values."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.values: OrderedDict[Hashable, Any] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable) -> Any:
        """Return the value of a key, or None; always None in development, where templates change."""
        if settings.DEBUG:
            return None
        with self.lock:
            value = self.values.get(key)
            if value is not None:
                self.values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: str) -> None:
        """Store a value."""
        with self.lock:
            self.size += len(value) - len(self.values.pop(key, ""))
            self.values[key] = value
            while self.size > self.limit:
                self.size -= len(self.values.popitem(last=False)[1])

    def get_or_make(self, key: Hashable, make: Callable[[], S]) -> S:
        """Return the value of a key, calling `make` if it isn't cached."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def clear(self) -> None:
        with self.lock:
            self.values.clear()
            self.size = 0
