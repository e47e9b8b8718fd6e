"""Messages over HTTP: pages of history, posts without a socket, permalinks."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from a_rtchat import fragments, rendered, replay
from a_rtchat.actions.reading import mark_posted
from a_rtchat.commands import COMMANDS
from a_rtchat.commands.registry import refusal
from a_rtchat.forms import HistoryForm
from a_rtchat.models import Membership, Message, Room
from a_rtchat.views.pages import around, messages_of, show_history, show_room
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answer with a page of history (GET) or post a message (POST)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    return (post if request.method == "POST" else history)(request, membership)


def history(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Answer with the messages before a seq (`before`), or the changes after a revision (`since`).

    `unread` is the first message that was unread when the reader followed the link: reading has gone on since.
    """
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return HttpResponse("before and since must be numbers.", status=400, content_type="text/plain")
    if form.cleaned_data["since"] is not None:
        return changes(membership, form.cleaned_data["since"])
    page = rendered.page(membership.room, form.cleaned_data["before"])
    if not request.htmx:
        return show_history(request, membership, page, form.cleaned_data["unread"])
    return HttpResponse(messages_of(request, membership.room, page))


def changes(membership: Membership, since: int) -> HttpResponse:
    """Answer with the next page of changes, as the fragments a socket would carry; an empty page is the last.

    If there are too many changes, the page has to begin anew.
    """
    missed = membership.room.revision - since
    if missed > settings.CHAT_REPLAY_LIMIT:
        return HttpResponse(fragments.connection("replaying", missed))
    page = replay.changes_after(membership.room_id, since)
    return HttpResponse("".join(change.html for change in page))


def post(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Post a message; answer htmx with a fragment, and other browsers with the room."""
    try:
        message = COMMANDS["post"].run(membership, request.POST).value
    except ValidationError as error:
        return refuse(request, membership, error)
    mark_posted(membership, message)
    return HttpResponse(fragments.message(message)) if request.htmx else redirect(membership.room)


def refuse(request: SignedInRequest, membership: Membership, error: ValidationError) -> HttpResponse:
    """Show why a post was refused, with the text kept in the composer."""
    if request.htmx:
        return HttpResponse(refusal(error, request.POST).html)
    return show_room(request, membership, request.POST.get("body", ""), error)


@login_required
@require_safe
def permalink(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Redirect to a message in the live room, or in the page of history that contains it."""
    try:
        membership = Membership.objects.enter(request.user, slug)
    except Membership.DoesNotExist:
        return _to_preview(request, slug)
    message = get_object_or_404(Message.objects.filter(room=membership.room), seq=seq)
    if seq > membership.room.last_seq - settings.CHAT_PAGE_SIZE:
        return redirect(f"{membership.room.get_absolute_url()}#message-{message.pk}")
    return redirect(f"{reverse('messages', args=[slug])}?before={around(seq)}#message-{message.pk}")


def _to_preview(request: SignedInRequest, slug: str) -> HttpResponse:
    """Redirect a visitor to an open room's preview. Raises Http404 for any other room."""
    room = Room.objects.visible_to(request.user).filter(slug=slug).first()
    if room is None:
        raise Http404("No such room.")
    return redirect(room)
