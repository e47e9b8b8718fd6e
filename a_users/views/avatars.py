"""Avatars on their way to those who may see people: everyone who is signed in."""

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from a_users.requests import SignedInRequest

FOR_EVER = "private, max-age=31536000, immutable"  # another picture has another name


@login_required
@require_safe
def avatar(request: SignedInRequest, name: str) -> HttpResponse:
    """Answer with an avatar: a few kilobytes, which are read here, as ASGI would have to warn of a sync stream."""
    try:
        with default_storage.open(f"avatars/{name}") as file:
            content = file.read()
    except OSError:  # there is none, or its name is none that a file could have
        raise Http404("There is no such avatar.") from None
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": FOR_EVER})
