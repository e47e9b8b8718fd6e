"""Lanes: which pool of threads answers a request.

Hashing a password or decoding a picture takes up to a thousand times as long as a page. Such requests have threads of
their own, so that they delay each other and not the pages, and so that only a few hold the memory for it at a time.
"""

import re

from django.conf import settings

from config.http_threads import Threads

NICENESS = 10  # halves the median of a page during 40 logins at a time

pages = Threads(settings.HTTP_THREADS, "http", settings.HTTP_QUEUE_LIMIT)
slow = Threads(settings.HTTP_SLOW_THREADS, "slow", settings.HTTP_SLOW_QUEUE_LIMIT, NICENESS)
is_slow_path = re.compile("|".join(settings.HTTP_SLOW_POSTS)).search


def lane_of(method: str, path: str) -> Threads:
    """Return the threads that answer a request."""
    return slow if method == "POST" and is_slow_path(path) else pages
