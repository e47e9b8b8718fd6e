from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Live updates for open pages: sockets, topics, the hub."""

    name = "a_live"
    verbose_name = "Live"
