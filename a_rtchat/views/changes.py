"""Editing and deleting a message over HTTP."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from a_rtchat import fragments, rendered
from a_rtchat.commands import COMMANDS
from a_rtchat.commands.edit import EditForm
from a_rtchat.mentions import is_question
from a_rtchat.models import Membership, Message
from a_rtchat.views.frame import frame
from a_rtchat.views.refusals import refuse
from a_users.requests import SignedInRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Show the form to edit or delete a message (GET), or edit it (POST)."""
    membership, message = _own(request, slug, seq)
    if request.method != "POST":
        return _show_edit(request, membership, message, message.body)
    body = request.POST.get("body", "")
    try:
        values = {"seq": seq, "body": body, "confirmed": request.POST.get("confirmed")}
        message = COMMANDS["edit"].run(membership, values).value
    except ValidationError as error:
        return _refuse_edit(request, membership, message, body, error)
    return _done(request, message)


@login_required
@require_POST
def delete(request: SignedInRequest, slug: str, seq: int) -> HttpResponse:
    """Delete a message."""
    membership = Membership.objects.enter_or_404(request.user, slug)
    try:
        message = COMMANDS["delete"].run(membership, {"seq": seq}).value
    except ValidationError as error:
        return refuse(request, error, status=403)
    return _done(request, message)


def _done(request: SignedInRequest, message: Message) -> HttpResponse:
    """Answer htmx with the fragment of a changed message, and other browsers with its permalink."""
    return HttpResponse(fragments.message(message)) if request.htmx else redirect(message)


def _own(request: SignedInRequest, slug: str, seq: int) -> tuple[Membership, Message]:
    """Return the membership and a message that it may edit or delete. Raises Http404.

    An author who posts an edit of a message that was deleted meanwhile gets it too, to be told so.
    """
    membership = Membership.objects.enter_or_404(request.user, slug)
    message = get_object_or_404(Message.objects.for_display(), room=membership.room_id, seq=seq)
    is_late_edit = request.method == "POST" and message.author_id == membership.user_id
    if not (membership.can_delete(message) or is_late_edit):
        raise Http404("Not your message.")
    return membership, message


def _show_edit(
    request: SignedInRequest,
    membership: Membership,
    message: Message,
    body: str,
    error: ValidationError | None = None,
) -> HttpResponse:
    template = "a_rtchat/_edit.html" if request.htmx else "a_rtchat/edit.html"
    form = EditForm({"seq": message.seq, "body": body})
    context = {"message": message, "form": form, "can_edit": membership.can_edit(message)} | _reasons(error)
    context |= {} if request.htmx else {"article": mark_safe(rendered.html_of(message)), **frame(request)}  # noqa: S308
    return render(request, template, context, status=422 if error else 200)


def _refuse_edit(
    request: SignedInRequest, membership: Membership, message: Message, body: str, error: ValidationError
) -> HttpResponse:
    """Say why an edit was refused: to htmx, whose page keeps the text, with the reasons only."""
    if not request.htmx:
        return _show_edit(request, membership, message, body, error)
    return render(request, "a_rtchat/_edit_reasons.html", {"message": message, "oob": True} | _reasons(error))


def _reasons(error: ValidationError | None) -> dict[str, Any]:
    """Return why an edit was refused, and whether its author can confirm it."""
    return {"reasons": error.messages if error else [], "is_question": error is not None and is_question(error)}
