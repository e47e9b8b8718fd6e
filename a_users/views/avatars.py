"""Serve avatars to signed-in users."""

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from a_users.requests import SignedInRequest

CACHE_FOREVER = "private, max-age=31536000, immutable"  # a new picture gets a new name


@login_required
@require_safe
def avatar(request: SignedInRequest, name: str) -> HttpResponse:
    """Serve an avatar."""
    return serve(f"avatars/{name}")


def serve(name: str) -> HttpResponse:
    """Serve a small WebP file from memory: ASGI warns of synchronous streams. Raises Http404."""
    try:
        with default_storage.open(name) as file:
            content = file.read()
    except OSError:  # missing, or not a valid file name
        raise Http404("No such picture.") from None
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": CACHE_FOREVER})
