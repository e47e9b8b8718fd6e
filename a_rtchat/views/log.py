"""A room's log, for its moderators."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from a_rtchat.log_sentences import line_of
from a_rtchat.models import LogEntry
from a_rtchat.paging import cut
from a_rtchat.views.dialog import show
from a_rtchat.views.refusals import enter
from a_users.requests import SignedInRequest, query_number

PAGE_SIZE = 50


@login_required
@require_safe
def log(request: SignedInRequest, slug: str) -> HttpResponse:
    """List who did what to whom, newest first, before an entry if `before` is given."""
    membership = enter(request, slug, "log")
    before = query_number(request, "before")
    entries = LogEntry.objects.filter(room=membership.room_id, **({"pk__lt": before} if before else {}))
    users = ("actor__profile", "target__profile")
    page, last = cut(entries.order_by("-pk").select_related(*users)[: PAGE_SIZE + 1], PAGE_SIZE)
    return show(request, membership, "log", {"lines": [line_of(entry) for entry in page], "more": last and last.pk})
