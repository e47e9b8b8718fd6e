"""The ASGI application: HTTP to Django, WebSockets to the consumers."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from a_rtchat.routing import websocket_urlpatterns
from config.checks import refuse_workers_without_redis

refuse_workers_without_redis()

# What is loaded by now stays for the life of the process: the collector need not walk it, nor run as often as it does
# for short scripts (10 % of the time of a fan-out).
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(URLRouter(websocket_urlpatterns)),
    }
)
