"""What is left out of the log."""

import logging

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError

REFUSED = (BadRequest, MultiPartParserError, SuspiciousOperation)  # Django answers 400
LINE_LENGTH = 500  # characters; an address can have thousands


class OneLineRefusals(logging.Filter):
    """Log what Django refuses as one short line, without a traceback: a stranger can cause any number of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record; keep all."""
        if record.exc_info and isinstance(record.exc_info[1], REFUSED):
            record.exc_info = record.exc_text = None
        if not record.exc_info and len(line := record.getMessage()) > LINE_LENGTH:
            record.msg, record.args = f"{line[:LINE_LENGTH]}…", None
        return True
