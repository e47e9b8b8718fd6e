from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts, profiles and signing in."""

    name = "a_users"
    verbose_name = "People"

    def ready(self) -> None:
        from a_users import signals  # noqa: F401  (connects the signal)
