from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Who someone is and how they get in."""

    name = "a_users"
    verbose_name = "People"

    def ready(self) -> None:
        from a_users import signals  # noqa: F401  (connects the one signal)
