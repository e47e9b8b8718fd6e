"""What every answer to someone signed in has in common."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRedirect


class PrivatePagesMiddleware:
    """Keep pages of someone signed in out of every cache, also of the browser's way back after signing out; send a
    part of a page whose reader has signed out to the entry page as a whole."""

    sync_capable = async_capable = True

    def __init__(self, get_response) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest):
        """Answer through the next middleware."""
        if iscoroutinefunction(self.get_response):
            return self._answer(request)
        return self._finish(request, self.get_response(request))

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        return self._finish(request, await self.get_response(request))

    def _finish(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        leads_out = response.headers.get("Location", "").startswith(f"{resolve_url(settings.LOGIN_URL)}?next=")
        if leads_out and request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
        return response
