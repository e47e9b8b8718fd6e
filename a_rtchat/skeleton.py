"""Templates rendered once with gaps, which are then filled in microseconds for each item or page.

A gap is rendered as `<:name:>`. User input is escaped in templates, so it can't form a gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

P = ParamSpec("P")
R = TypeVar("R")

GAP = re.compile(r"<:(\w+):>")


def gap(name: str) -> SafeString:
    """Return the marker of a gap, for the template's context."""
    return mark_safe(f"<:{name}:>")  # noqa: S308  (no user input)


def gaps(names: Iterable[str]) -> dict[str, SafeString]:
    """Return {name: marker}."""
    return {name: gap(name) for name in names}


class Skeleton:
    """A rendered template, split at its gaps."""

    def __init__(self, template: str, context: Mapping[str, Any]) -> None:
        self.parts = GAP.split(render_to_string(template, dict(context)))
        self.names = self.parts[1::2]

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the HTML with its gaps filled; the values are HTML."""
        parts = self.parts.copy()
        parts[1::2] = [values[name] for name in self.names]
        return "".join(parts)

    def fill_escaped(self, values: Mapping[str, Any]) -> str:
        """Return the HTML with its gaps filled; values are escaped unless marked safe."""
        return self.fill({name: str(conditional_escape(values[name])) for name in set(self.names)})


def cached(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache a function's results, except in development, where templates change."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached_function = lru_cache(maxsize)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return function(*args, **kwargs) if settings.DEBUG else cached_function(*args, **kwargs)  # type: ignore[arg-type]

        return call

    return decorate
