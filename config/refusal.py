"""How Backchat refuses to start: one clear line, no traceback."""

import sys
from typing import NoReturn

# uvicorn reads this exit status as "the application will never start" and stops its other workers as well
# (uvicorn.config.STARTUP_FAILURE).
STARTUP_FAILURE = 3


def refuse_to_start(reason: str) -> NoReturn:
    """Print the reason as one line and end the process."""
    print(f"Backchat does not start: {reason}", file=sys.stderr)
    sys.exit(STARTUP_FAILURE)
