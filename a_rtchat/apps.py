from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Rooms and what is said in them."""

    name = "a_rtchat"
    verbose_name = "Chat"
