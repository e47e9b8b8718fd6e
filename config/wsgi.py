"""Django's WSGI application, which config/http.py runs in its threads."""

from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    """A request that is read as UTF-8, and never by a charset of the client's choice.

    Looking up an unknown codec keeps its name in memory for ever and takes milliseconds.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    """Django's handler with our requests."""

    request_class = Request


def get_application() -> Handler:
    """Set up Django and return its application."""
    django.setup(set_prefix=False)
    return Handler()
