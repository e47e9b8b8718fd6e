"""A room's log, for its moderators."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from a_rtchat.log_sentences import line_of
from a_rtchat.models import LogEntry
from a_rtchat.views.dialog import enter, show
from a_users.requests import SignedInRequest

PAGE_SIZE = 50


@login_required
@require_safe
def log(request: SignedInRequest, slug: str) -> HttpResponse:
    """List who did what to whom, newest first, before an entry if `before` is given."""
    membership = enter(request, slug, "log")
    before = number_in(request, "before")
    entries = LogEntry.objects.filter(room=membership.room_id, **({"pk__lt": before} if before else {}))
    users = ("actor__profile", "target__profile")
    found = [line_of(entry) for entry in entries.order_by("-pk").select_related(*users)[: PAGE_SIZE + 1]]
    more = found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None
    return show(request, membership, "log", {"lines": found[:PAGE_SIZE], "more": more})


def number_in(request: SignedInRequest, name: str) -> int | None:
    """Return a number of the query string that a database can hold, or None."""
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
