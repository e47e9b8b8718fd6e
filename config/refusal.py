"""Refuse to start, with one clear line instead of a traceback."""

import sys
from typing import NoReturn

# uvicorn.config.STARTUP_FAILURE: on this exit status, uvicorn stops its other workers too.
STARTUP_FAILURE = 3


def refuse_to_start(reason: str) -> NoReturn:
    """Print the reason and exit."""
    print(f"Backchat can't start: {reason}", file=sys.stderr)
    sys.exit(STARTUP_FAILURE)
