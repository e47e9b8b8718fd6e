from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts, profiles and signing in."""

    name = "a_users"
    verbose_name = "People"

    def ready(self) -> None:
        from a_users import checks, signals  # noqa: F401  (registers the check, connects the signal)
