"""Collect static files under hashed names, and serve them."""

from collections.abc import Iterator
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.base import ContentFile
from servestatic.asgi import ServeStaticASGI
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage

from a_live.origin import is_secure
from config import browser_headers
from config.bundles import SCRIPT, STYLES, join_modules, join_styles


class CollectedFilesConfig(StaticFilesConfig):
    """Skip django-htmx's scripts: htmx is vendored, and theirs import files that are not included."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "django_htmx"]


class HashedWhenCollectedStorage(CompressedManifestStaticFilesStorage):
    """Use hashed names once `collectstatic` has run, and plain names before that (development, tests)."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Add the bundles, then hash and compress all files."""
        if not dry_run:
            for name, content in self.bundles(paths).items():
                self.delete(name)
                self._save(name, ContentFile(content.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    @staticmethod
    def bundles(paths: dict[str, Any]) -> dict[str, str]:
        """Return the content of each bundle."""

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return file.read().decode()

        return {STYLES: join_styles(paths, read), SCRIPT: join_modules(SCRIPT, read)}

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the URL of a static file, hashed if there is a manifest."""
        return super().url(name, force) if self.hashed_files else StaticFilesStorage.url(self, name)


class StaticFiles(ServeStaticMiddleware):
    """An ASGI application that serves static files and passes on other requests.

    It takes the settings of servestatic's Django middleware, but runs outside Django: as the only async middleware,
    it would cost each page three thread switches.
    """

    def __init__(self, application: Any) -> None:
        super().__init__(application)
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve a static file, or call the application."""
        if scope["path"].startswith(self.static_prefix) and (is_secure(scope) or not settings.SECURE_SSL_REDIRECT):
            await ServeStaticASGI.__call__(self, scope, receive, send)
        else:  # Django redirects HTTP to HTTPS if configured
            await self.application(scope, receive, send)

    def add_cache_headers(self, headers: Headers, path: str, url: str) -> None:
        """Add cache headers, and those that the middleware adds to pages."""
        super().add_cache_headers(headers, path, url)
        browser_headers.add(headers, browser_headers.for_files())
