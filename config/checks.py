"""What must hold before Backchat starts."""

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from config.refusal import refuse_to_start

REASON = (
    "several workers need Redis to reach each other's readers, and REDIS_URL is not set. "
    "Set REDIS_URL, or run a single worker."
)


def count_workers(argv: Sequence[str], environ: os._Environ[str] | dict[str, str]) -> int:
    """Return how many workers the server's command line or WEB_CONCURRENCY asks for; 1 where neither tells."""
    for option, value in zip(argv, [*argv[1:], ""], strict=True):
        name, _, inline = option.partition("=")
        if name in ("--workers", "-w") and (inline or value).isdigit():
            return int(inline or value)
    wanted = environ.get("WEB_CONCURRENCY", "")
    return int(wanted) if wanted.isdigit() else 1


def workers_lack_redis() -> bool:
    """Tell whether several workers would share rooms without a channel layer that joins them."""
    return not settings.REDIS_URL and count_workers(sys.argv, os.environ) > 1


@register
def check_workers(**kwargs: object) -> list[CheckMessage]:
    """Report several workers on the in-memory channel layer."""
    return [Error(REASON, id="backchat.E001")] if workers_lack_redis() else []


def refuse_workers_without_redis() -> None:
    """End a server that would split its rooms between workers."""
    if workers_lack_redis():
        refuse_to_start(REASON)
