"""The ASGI application: HTTP to Django, WebSockets to the consumers."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.wsgi import get_application

django_application = get_application()

from channels.routing import ProtocolTypeRouter, URLRouter

from a_live.origin import OriginCheck
from a_rtchat import housekeeping as rooms
from a_rtchat.routing import websocket_urlpatterns
from a_users.checks import warn_without_mail
from a_users.housekeeping import Housekeeping
from config.checks import refuse_workers_without_redis
from config.http import ThreadedHTTP
from config.http_body import limit_of
from config.lanes import lane_of
from config.server import limit_server
from config.static_files import StaticFiles

refuse_workers_without_redis()
limit_server()
warn_without_mail()

# What is loaded now stays until the process ends: exempt it from garbage collection, and collect less often than the
# default (which takes 10 % of a fan-out's time).
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 100)

application = ProtocolTypeRouter(
    {
        "http": Housekeeping(
            StaticFiles(ThreadedHTTP(django_application, lane_of, limit_of)), (rooms.SECONDS, rooms.tidy)
        ),
        "websocket": OriginCheck(URLRouter(websocket_urlpatterns)),
    }
)
