from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Rooms and messages."""

    name = "a_rtchat"
    verbose_name = "Chat"

    def ready(self) -> None:
        """Register the chat's sources and its extension of accounts."""
        from a_live import sources
        from a_rtchat.extension import ChatExtension
        from a_rtchat.sources import RoomSource, UserSource
        from a_users import extensions

        sources.register("room", RoomSource())
        sources.register_personal(UserSource())
        extensions.register(ChatExtension())
