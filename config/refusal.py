"""One clear line instead of a traceback: for a start that is refused, and for requests that are."""

import logging
import sys
from typing import NoReturn

from django.core.exceptions import SuspiciousOperation

LINE_LENGTH = 300  # characters; a URL can have thousands

# uvicorn.config.STARTUP_FAILURE: on this exit status, uvicorn stops its other workers too.
STARTUP_FAILURE = 3


def refuse_to_start(reason: str) -> NoReturn:
    """Print the reason and exit."""
    print(f"Backchat can't start: {reason}", file=sys.stderr)
    sys.exit(STARTUP_FAILURE)


class OneLineRefusals(logging.Filter):
    """Log what Django answers with 400 as one short line: strangers cause as much of it as they like."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record; keep all."""
        if record.exc_info and isinstance(record.exc_info[1], SuspiciousOperation):
            record.exc_info = record.exc_text = None
        if not record.exc_info and len(line := record.getMessage()) > LINE_LENGTH:
            record.msg, record.args = f"{line[:LINE_LENGTH]}…", None
        return True
