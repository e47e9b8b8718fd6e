"""Messages over HTTP: a page of history, a post without a socket, one message's permalink."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from a_rtchat.actions.messages import post_message
from a_rtchat.forms import HistoryForm, MessageForm
from a_rtchat.models import Membership
from a_rtchat.views.pages import earlier_than, show_history, show_room
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "POST"])
def messages(request: SignedInRequest, slug: str) -> HttpResponse:
    """Read a room's history (GET) or add to it (POST)."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    return (post if request.method == "POST" else history)(request, membership)


def history(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Send the page of messages before the one that the reader has reached."""
    form = HistoryForm(request.GET)
    if not form.is_valid():
        return HttpResponse("before has to be the seq of a message.", status=400, content_type="text/plain")
    page = membership.room.messages.for_display().page_before(form.cleaned_data["before"])
    if not request.htmx:
        return show_history(request, membership, page)
    context = {"messages_page": page, "room": membership.room, "earlier": earlier_than(page)}
    return render(request, "a_rtchat/_messages.html", context)


def post(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Post without a socket; a refusal shows the room again with what was typed and why."""
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            post_message(membership, form.cleaned_data["body"], form.cleaned_data["client_id"])
            return redirect(membership.room)
        except ValidationError as error:
            form.add_error(None, error)
    return show_room(request, membership, form, status=422)


@login_required
@require_GET
def permalink(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Lead to one message: to its place in the live room, or in the page of history around it."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    message = get_object_or_404(membership.room.messages.all(), seq=seq)
    if seq > membership.room.last_seq - settings.CHAT_PAGE_SIZE:
        return redirect(f"{membership.room.get_absolute_url()}#message-{message.pk}")
    around = seq + settings.CHAT_PAGE_SIZE // 2
    return redirect(f"{reverse('messages', args=[slug])}?before={around}#message-{message.pk}")
