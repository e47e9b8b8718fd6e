"""Templates rendered once with gaps, which are then filled for each item in microseconds.

A gap is rendered as `<:name:>`. What people write is escaped in templates, so it cannot look like one.
"""

import re
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

GAP = re.compile(r"<:(\w+):>")


def gap(name: str) -> SafeString:
    """Return the mark of a gap, for the template's context."""
    return mark_safe(f"<:{name}:>")  # noqa: S308  (no text of anybody's)


class Skeleton:
    """The HTML of a template, cut at its gaps."""

    def __init__(self, template: str, context: dict[str, Any]) -> None:
        self.parts = GAP.split(render_to_string(template, context))
        self.names = self.parts[1::2]

    def fill(self, values: dict[str, str]) -> str:
        """Return the HTML with the gaps filled. The values are HTML."""
        parts = self.parts.copy()
        parts[1::2] = [values[name] for name in self.names]
        return "".join(parts)
