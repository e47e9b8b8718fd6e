"""The ASGI application: HTTP to Django, WebSockets to the consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from a_rtchat.routing import keep_server_send, websocket_urlpatterns
from config.checks import refuse_workers_without_redis

refuse_workers_without_redis()

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": keep_server_send(
            AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
        ),
    }
)
