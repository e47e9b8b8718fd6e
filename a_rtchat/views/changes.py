"""Editing and deleting a message over HTTP."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from a_rtchat.commands import COMMANDS
from a_rtchat.commands.edit import EditForm
from a_rtchat.models import Membership, Message
from a_rtchat.views.frame import frame
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Show the form to edit or delete a message (GET), or edit it (POST)."""
    membership, message = _own(request, slug, seq)
    if request.method != "POST":
        return _show_edit(request, membership, message, message.body, [])
    body = request.POST.get("body", "")
    try:
        COMMANDS["edit"].run(membership, {"seq": seq, "body": body})
    except ValidationError as error:
        return _show_edit(request, membership, message, body, error.messages)
    return HttpResponse(status=204) if request.htmx else redirect(message)


@login_required
@require_POST
def delete(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Delete a message."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        message = COMMANDS["delete"].run(membership, {"seq": seq}).value
    except ValidationError as error:
        return HttpResponse(error.messages[0], status=403, content_type="text/plain")
    return HttpResponse(status=204) if request.htmx else redirect(message)


def _own(request: SignedInRequest, slug: str, seq: int) -> tuple[Membership, Message]:
    """Return the membership and a message that it may edit or delete. Raises Http404."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    message = get_object_or_404(Message.objects.for_display(), room=membership.room_id, seq=seq)
    if not membership.can_delete(message):
        raise Http404("Not your message.")
    return membership, message


def _show_edit(
    request: SignedInRequest, membership: Membership, message: Message, body: str, reasons: list[str]
) -> HttpResponse:
    template = "a_rtchat/_edit.html" if request.htmx else "a_rtchat/edit.html"
    form = EditForm({"seq": message.seq, "body": body})
    context = {"message": message, "form": form, "reasons": reasons, "can_edit": membership.can_edit(message)}
    context |= {} if request.htmx else frame(request)
    return render(request, template, context, status=422 if reasons and not request.htmx else 200)
