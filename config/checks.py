"""Checks that run before Backchat starts."""

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from config.refusal import refuse_to_start

REASON = (
    "several workers need Redis to exchange messages, and REDIS_URL isn't set. Set REDIS_URL, or run a single worker."
)


def count_workers(argv: Sequence[str], environ: os._Environ[str] | dict[str, str]) -> int:
    """Return the number of workers from the server's command line or WEB_CONCURRENCY; 1 by default."""
    for option, value in zip(argv, [*argv[1:], ""], strict=True):
        name, _, inline = option.partition("=")
        if name in ("--workers", "-w") and (inline or value).isdigit():
            return int(inline or value)
    count = environ.get("WEB_CONCURRENCY", "")
    return int(count) if count.isdigit() else 1


def workers_lack_redis() -> bool:
    """Return whether several workers would run without a shared channel layer."""
    return not settings.REDIS_URL and count_workers(sys.argv, os.environ) > 1


@register
def check_workers(**kwargs: object) -> list[CheckMessage]:
    """Report an error for several workers without Redis."""
    return [Error(REASON, id="backchat.E001")] if workers_lack_redis() else []


def refuse_workers_without_redis() -> None:
    """Exit if several workers would run without Redis."""
    if workers_lack_redis():
        refuse_to_start(REASON)
