"""Collect static files under hashed names."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from servestatic.storage import CompressedManifestStaticFilesStorage


class CollectedFilesConfig(StaticFilesConfig):
    """Skip django-htmx's scripts: htmx is vendored, and theirs import files that are not included."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx"]


class HashedWhenCollectedStorage(CompressedManifestStaticFilesStorage):
    """Use hashed names once `collectstatic` has run, and plain names before that (development, tests)."""

    support_js_module_import_aggregation = True

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the URL of a static file, hashed if there is a manifest."""
        return super().url(name, force) if self.hashed_files else StaticFilesStorage.url(self, name)
