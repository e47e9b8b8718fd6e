"""WebSocket URLs."""

from django.urls import path, re_path

from a_live.consumers import RejectConsumer
from a_rtchat.consumers import HomeConsumer, RoomConsumer

websocket_urlpatterns = [
    path("ws/rooms/<slug:slug>/", RoomConsumer.as_asgi()),
    path("ws/me/", HomeConsumer.as_asgi()),
    re_path(r"", RejectConsumer.as_asgi()),
]
