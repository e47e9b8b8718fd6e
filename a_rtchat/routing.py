"""Socket addresses."""

from django.urls import path, re_path

from a_rtchat.consumers import ClosingConsumer, RoomConsumer

websocket_urlpatterns = [
    path("ws/rooms/<slug:slug>/", RoomConsumer.as_asgi()),
    re_path(r"", ClosingConsumer.as_asgi()),
]
