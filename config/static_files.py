"""Which static files are collected, and under which names."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from servestatic.storage import CompressedManifestStaticFilesStorage


class CollectedFilesConfig(StaticFilesConfig):
    """django.contrib.staticfiles without the browser side of django-htmx: ours is vendored, and theirs imports files
    that it does not bring along."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx"]


class HashedWhenCollectedStorage(CompressedManifestStaticFilesStorage):
    """Name files by their content once `collectstatic` has run, and plainly before (development, tests)."""

    support_js_module_import_aggregation = True

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the URL of a static file, hashed where a manifest exists."""
        return super().url(name, force) if self.hashed_files else StaticFilesStorage.url(self, name)
