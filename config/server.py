"""Limits of the server itself: sizes, times and trust, set in code so that the plain start command is safe.

uvicorn's defaults let a stranger hold connections forever, send frames of 16 MB and choose the address that is seen.
uvicorn's configuration imports the application before it takes effect, so it is found on the call stack and completed
there; what the operator has set stays. (daphne's sockets are limited in a_live/server_socket.py.)
"""

import inspect
import logging
import os
import resource
import traceback
from collections.abc import Mapping
from types import FrameType
from typing import Any

from django.conf import settings
from uvicorn.config import HTTP_PROTOCOLS, WS_PROTOCOLS, Config
from uvicorn.importer import import_from_string

from config.server_protocols import LimitedHTTP, LimitedSocket, WebSocketsSansIOProtocol

DEFAULTS = inspect.signature(Config).parameters
DEFAULT_PROXIES = "127.0.0.1,::1"  # that uvicorn trusts if neither --forwarded-allow-ips nor FORWARDED_ALLOW_IPS is set
SPARE_FILES = 500  # for databases, Redis and files; the others are for connections

logger = logging.getLogger(__name__)


def limit_server() -> None:
    """Set the limits of the server that is loading the application; warn if it isn't uvicorn, except in development."""
    raise_file_limit()
    callers = [frame for frame, _ in traceback.walk_stack(None)]
    if loading := next((frame for frame in callers if is_loading(frame)), None):
        limit_uvicorn(loading.f_locals["self"])
    elif not settings.DEBUG:
        logger.warning("Start Backchat with uvicorn (see README): the connections of this server have no limits.")


def is_loading(frame: FrameType) -> bool:
    """Return whether uvicorn imports the application in this frame."""
    return frame.f_code is Config.load_app.__code__


def limit_uvicorn(config: Config) -> None:
    """Complete uvicorn's configuration and put limits into its protocols."""
    if config.ws_max_size == DEFAULTS["ws_max_size"].default:
        config.ws_max_size = settings.CHAT_FRAME_LIMIT
    if config.h11_max_incomplete_event_size is None:
        config.h11_max_incomplete_event_size = settings.HTTP_HEAD_LIMIT
    if config.forwarded_allow_ips == DEFAULT_PROXIES and "FORWARDED_ALLOW_IPS" not in os.environ:
        config.proxy_headers = False  # TRUSTED_PROXY_COUNT says whom to believe
    http, ws = chosen(config.http, HTTP_PROTOCOLS), chosen(config.ws, WS_PROTOCOLS)
    config.http = config.http_protocol_class = type("HTTP", (LimitedHTTP, http), {})
    if ws is WebSocketsSansIOProtocol:
        config.ws = config.ws_protocol_class = LimitedSocket
    else:
        config.ws_per_message_deflate = False  # wsproto inflates a frame before it looks at the size


def chosen(protocol: Any, known: Mapping[str, str | None]) -> Any:
    """Return the class of a protocol, which uvicorn may name or not have looked up yet."""
    return import_from_string(known.get(protocol, protocol)) if isinstance(protocol, str) else protocol


def raise_file_limit() -> None:
    """Allow as many open files as HTTP_CONNECTIONS need; many systems start with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.HTTP_CONNECTIONS + SPARE_FILES
    if resource.RLIM_INFINITY != soft < needed:
        wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
