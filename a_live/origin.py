"""Check the Origin header of sockets against ALLOWED_HOSTS."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlparse

from channels.security.websocket import AllowedHostsOriginValidator, OriginValidator, WebsocketDenier


class OriginCheck:
    """Pass on sockets from allowed origins, and cache the result for each origin."""

    def __init__(self, application: Any) -> None:
        self.application = application
        validator: OriginValidator = AllowedHostsOriginValidator(application)

        @lru_cache(maxsize=1_000)
        def is_allowed(origin: bytes) -> bool:
            return validator.valid_origin(urlparse(origin.decode("latin1")))

        self.is_allowed = is_allowed

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        """Serve a socket or deny its handshake."""
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        application = self.application if origin and self.is_allowed(origin) else WebsocketDenier()
        return await application(scope, receive, send)
