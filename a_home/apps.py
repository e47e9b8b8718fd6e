from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The landing page, the health check and the error pages."""

    name = "a_home"

    def ready(self) -> None:
        from config import checks  # noqa: F401  (registers the start checks)
