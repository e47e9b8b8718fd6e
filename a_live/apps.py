from django.apps import AppConfig


class LiveConfig(AppConfig):
    """The wire between the server and open pages: sockets, topics, the hub."""

    name = "a_live"
    verbose_name = "Live"
