from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Rooms and what is said in them."""

    name = "a_rtchat"
    verbose_name = "Chat"

    def ready(self) -> None:
        """Register what the wire and accounts need from the chat."""
        from a_live import sources
        from a_rtchat.extension import ChatExtension
        from a_rtchat.sources import RoomSource, UserSource
        from a_users import extensions

        sources.register("room", RoomSource())
        sources.register("user", UserSource())
        extensions.register(ChatExtension())
