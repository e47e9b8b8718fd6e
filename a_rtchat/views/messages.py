"""Messages over HTTP: a page of history, a post without a socket, one message's permalink."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from a_rtchat import fragments, limits, replay
from a_rtchat.actions.messages import post_message
from a_rtchat.forms import HistoryForm, MessageForm
from a_rtchat.models import Membership
from a_rtchat.views.pages import earlier_than, show_history, show_room
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: SignedInRequest, slug: str) -> HttpResponse:
    """Read a room's history (GET) or add to it (POST)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    return (post if request.method == "POST" else history)(request, membership)


def history(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Send the page of messages before one (`before`), or what changed after a revision (`since`)."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return HttpResponse("before and since have to be numbers.", status=400, content_type="text/plain")
    if form.cleaned_data["since"] is not None:
        return changes(membership, form.cleaned_data["since"])
    page = membership.room.messages.for_display().page_before(form.cleaned_data["before"])
    if not request.htmx:
        return show_history(request, membership, page)
    context = {"messages_page": page, "room": membership.room, "earlier": earlier_than(page)}
    return render(request, "a_rtchat/_messages.html", context)


def changes(membership: Membership, since: int) -> HttpResponse:
    """Send the next page of what changed, as the fragments that a socket would bring; the browser asks on until it
    is empty."""
    page = replay.changes_after(membership.room_id, since)
    return HttpResponse("".join(html for _, html in page))


def post(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Post without a socket: to htmx as a socket would answer; else with the room, which on a refusal shows why and
    what was typed."""
    form = MessageForm(request.POST)
    try:
        limits.keep_pace(membership.user_id)
        values = form.clean_or_raise()
        message, _ = post_message(membership, values["body"], values["client_id"])
    except ValidationError as error:
        return refuse(request, membership, form, error)
    return HttpResponse(fragments.message(message)) if request.htmx else redirect(membership.room)


def refuse(request: SignedInRequest, membership: Membership, form: MessageForm, error: ValidationError) -> HttpResponse:
    """Tell why a post is refused, at the place where it was made."""
    if request.htmx:
        client_id, wait = request.POST.get("client_id"), getattr(error, "wait", None)
        return HttpResponse(fragments.refused(error.messages, client_id, wait))
    return show_room(request, membership, form, error.messages, status=422)


@login_required
@require_safe
def permalink(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Lead to one message: to its place in the live room, or in the page of history around it."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    message = get_object_or_404(membership.room.messages.all(), seq=seq)
    if seq > membership.room.last_seq - settings.CHAT_PAGE_SIZE:
        return redirect(f"{membership.room.get_absolute_url()}#message-{message.pk}")
    around = seq + settings.CHAT_PAGE_SIZE // 2
    return redirect(f"{reverse('messages', args=[slug])}?before={around}#message-{message.pk}")
