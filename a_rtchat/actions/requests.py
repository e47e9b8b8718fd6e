"""Requests to join a private room: asking, taking a request back, and answering."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_rtchat import broadcasts
from a_rtchat.actions import log
from a_rtchat.actions.locking import lock_account, lock_for, lock_room
from a_rtchat.actions.members import admit, count_requests, end_ways_in, settle_request
from a_rtchat.models import JoinRequest, Membership, Room
from a_users.models import User

REFUSED_FOR = timedelta(days=7)
REFUSED = _("Your request wasn't accepted.")


def request_to_join(user: User, slug: str) -> JoinRequest:
    """Ask a room's moderators for access; asking twice changes nothing.

    Raises Room.DoesNotExist if the room takes no requests of this user, and ValidationError for a week after a refusal.
    """
    room = Room.objects.requestable_by(user).get(slug=slug)
    with transaction.atomic():
        lock_account(user.pk)
        lock_room(room.pk)
        room = Room.objects.requestable_by(user).get(pk=room.pk)  # unless they got in, or were banned, meanwhile
        request, created = JoinRequest.objects.get_or_create(room=room, user=user)
        if not created and not _reopen(request):
            return request
        count_requests(room)
        transaction.on_commit(partial(broadcasts.join_requested, request))
    return request


def withdraw_request(user: User, slug: str) -> None:
    """Take back one's own open request; nothing happens if there is none, and a refusal stays.

    Raises Room.DoesNotExist if the room takes no requests of this user.
    """
    room = Room.objects.requestable_by(user).get(slug=slug)
    with transaction.atomic():
        room = lock_room(room.pk)  # an answer comes before or after
        if JoinRequest.objects.open().filter(room=room, user=user).delete()[0]:
            settle_request(room, user.pk)


def _reopen(request: JoinRequest) -> bool:
    """Ask again a week after a refusal; return whether that was done. Raises ValidationError before."""
    if request.refused_at is None:
        return False
    if is_refused(request):
        raise ValidationError(REFUSED, code="refused")
    request.refused_at, request.created_at = None, timezone.now()
    request.save(update_fields=["refused_at", "created_at"])
    return True


def is_refused(request: JoinRequest) -> bool:
    """Return whether a request was refused less than a week ago."""
    return request.refused_at is not None and request.refused_at > timezone.now() - REFUSED_FOR


def answer_request(membership: Membership, pk: int, is_accepted: bool) -> JoinRequest:
    """Let someone in who asked, or refuse them. Raises ValidationError if it is no longer open."""
    with transaction.atomic():
        _lock_asker(membership.room, pk)
        room = lock_for(membership, "answer").room  # one answer after the other
        request = JoinRequest.objects.open().filter(room=room, pk=pk).select_related("user").first()
        if request is None:
            raise ValidationError(_("This request has already been answered or withdrawn."), code="answered")
        if is_accepted:
            end_ways_in(admit(room, request.user))  # also the request of someone who is in already
            transaction.on_commit(partial(broadcasts.request_accepted, request))
        else:
            JoinRequest.objects.filter(pk=pk).update(refused_at=timezone.now())
            settle_request(room, request.user_id)
        log.record(room, membership.user, "answer", request.user, accepted=is_accepted)
    return request


def _lock_asker(room: Room, pk: int) -> None:
    """Lock the account of who asks, before the room, as everywhere."""
    asker = JoinRequest.objects.filter(room=room, pk=pk).values_list("user_id", flat=True).first()
    if asker is not None:
        lock_account(asker)
