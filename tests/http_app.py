"""A small WSGI application in Backchat's thread pool, for tests of HTTP on real servers."""

import hashlib
import io
import json
import time
from collections import Counter
from typing import Any

from config.http import ThreadedHTTP
from config.http_threads import Threads
from config.server import limit_server

COUNTS: Counter[str] = Counter()
BODY_LIMIT, LARGE_LIMIT = 100_000, 40_000_000
PART = b"x" * 65_536


class Stream:
    """A streaming response that counts its parts and how often it is closed."""

    streaming = True

    def __init__(self, parts, pause=0.0, error_after=None):
        self.parts, self.pause, self.error_after = parts, pause, error_after

    def __iter__(self):
        for number in range(self.parts):
            if number == self.error_after:
                raise ValueError("in the middle")
            COUNTS["parts"] += 1
            yield PART
            time.sleep(self.pause)

    def close(self):
        COUNTS["closed"] += 1


class File:
    """A file that counts how often it is closed."""

    def __init__(self, parts):
        self.read = io.BytesIO(PART * parts).read

    def close(self):
        COUNTS["closed"] += 1


class Page(list):
    """A page that counts how often it is closed."""

    def close(self):
        COUNTS["closed"] += 1


def echo(environ):
    """Read the body in small parts and describe it."""
    size, digest = 0, hashlib.sha256()
    while part := environ["wsgi.input"].read(10_000):
        size += len(part)
        digest.update(part)
    COUNTS["read"] += size
    return {"size": size, "sha256": digest.hexdigest(), "length": environ["CONTENT_LENGTH"]}


def app(environ, start_response):
    """Respond depending on the path."""
    path = environ["PATH_INFO"]
    status, headers = "200 OK", [("Content-Type", "text/plain")]
    result: Any = None
    answer: Any = None
    if path.startswith("/echo"):
        answer = echo(environ)
    elif path == "/slow":
        time.sleep(float(environ["QUERY_STRING"]))
        COUNTS["slow"] += 1
        answer = "done"
    elif path == "/large":
        result = Page([b"x" * int(environ["QUERY_STRING"])])
    elif path == "/stream":
        result = Stream(int(environ["QUERY_STRING"]))
    elif path == "/drip":
        result = Stream(10_000, pause=0.01)
    elif path == "/broken":
        result = Stream(10, error_after=3)
    elif path == "/file":
        result = environ["wsgi.file_wrapper"](File(int(environ["QUERY_STRING"])))
    elif path.startswith("/status/"):
        status, headers, result = f"{path[8:]} Some", [("Content-Length", "5")], Page([b"hello"])
    elif path == "/counts":
        answer = COUNTS
    else:
        answer = {name: value for name, value in environ.items() if isinstance(value, str)}
    start_response(status, headers)
    return result if result is not None else Page([json.dumps(answer).encode()])


def limit_of(path):
    """Return the body limit of a path."""
    return LARGE_LIMIT if path.endswith("/large") else BODY_LIMIT


PAGES, SLOW = Threads(2, "test", 5), Threads(1, "slow", 3)


def lane_of(method, path):
    """Return the threads of a request."""
    return SLOW if method == "POST" and path == "/slow" else PAGES


application = ThreadedHTTP(app, lane_of, limit_of)
limit_server()
