"""What the log leaves out: a stranger can be refused any number of times, and must not fill the disk with it."""

from __future__ import annotations

import logging
from collections import Counter

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError

from a_live.limits import Bucket

REFUSED = (BadRequest, MultiPartParserError, SuspiciousOperation)  # Django answers 400
LINE_LENGTH = 500  # characters; an address can have thousands
BURST, RATE = 20, 0.1  # lines of a kind at once, and then per second: at most 5 MB a day

# In what uvicorn says of a refused socket, below a warning or with a traceback.
REFUSED_SOCKETS = ('" 403', '" %d', "(%d %s)", "opening handshake failed", "parser failed", "Invalid UTF-8")


class Refusals(logging.Filter):
    """Log refusals as short lines without a traceback, only some of each kind, with the number of those left out."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = Bucket(BURST, RATE)
        self.left_out: Counter[object] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record; shorten that of a refusal. All others stay as they are."""
        kind = kind_of(record)
        if kind is None:
            return True
        if self.lines.take(kind):
            self.left_out[kind] += 1
            return False
        shorten(record, self.left_out.pop(kind, 0))
        return True


def kind_of(record: logging.LogRecord) -> object:
    """Return the kind of refusal that a record is about, or None if it isn't about one."""
    status = getattr(record, "status_code", 0)  # set by Django
    if 400 <= status < 500:
        return record.name, status
    if record.exc_info and isinstance(record.exc_info[1], REFUSED):
        return record.name
    if record.name == "uvicorn.error" and (record.levelno == logging.WARNING or is_refused_socket(record.msg)):
        return record.name, record.msg  # a few, without what the client sent
    return None


def is_refused_socket(message: str) -> bool:
    """Return whether a message of uvicorn's is about a socket that it or the application refuses."""
    return any(part in message for part in REFUSED_SOCKETS)


def shorten(record: logging.LogRecord, left_out: int) -> None:
    """Make a record one short line, which ends with the number of similar ones that were left out."""
    record.exc_info = record.exc_text = None
    line = record.getMessage()
    line = f"{line[:LINE_LENGTH]}…" if len(line) > LINE_LENGTH else line
    record.msg, record.args = line + (f" (and {left_out} more like it)" if left_out else ""), None
