"""Opening direct rooms."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from a_rtchat.actions.listing import unhide
from a_rtchat.actions.members import admit
from a_rtchat.models import Block, Room
from a_rtchat.peers import BLOCKED, not_accepting
from a_users.models import User

CODE_LENGTH = 12  # nobody types the code of a direct room, and no two of a million rooms share one


def open_direct_room(user: User, *others: User) -> Room:
    """Return the direct room of exactly these people (of one, for notes to oneself), creating it on first use.

    It is in the user's list afterwards, even if they had hidden it, and in the list of each other new member with the
    next message. Raises ValidationError if there is none yet and one of these people blocks another, or accepts no new
    ones. Once somebody has left a group, the same people get a new one.
    """
    people = {user, *others}
    key = Room.key_of(*people)
    room = Room.objects.filter(direct_key=key).first() or _create(user, people - {user}, key)
    memberships = {membership.user_id: membership for membership in room.memberships.select_related("room")}
    for person in sorted(people, key=lambda one: one.pk):
        if person.pk not in memberships and not room.is_group:  # removed by an administrator; a group was just left
            admit(room, person, is_hidden=person != user)
    if user.pk in memberships:
        unhide(memberships[user.pk])
    return room


def _create(user: User, others: Collection[User], key: str) -> Room:
    """Return a new direct room with its members, or the one that a concurrent request has just created."""
    require_accepting(user, others)
    try:
        with transaction.atomic():
            room = Room.objects.create(direct_key=key, kind=Room.Kind.DIRECT, slug=Room.new_slug("direct", CODE_LENGTH))
            for person in sorted({user, *others}, key=lambda one: one.pk):
                admit(room, person, is_hidden=person != user)
            return room
    except IntegrityError:
        return Room.objects.get(direct_key=key)


def require_accepting(user: User, others: Collection[User]) -> None:
    """Raise ValidationError if others don't accept a new conversation with these people, or the user blocks one.

    Whoever blocks one of these people doesn't, so that nobody is brought together by a third. The refusal is the same
    as for those who have chosen to accept no new ones.
    """
    people = [user.pk, *(one.pk for one in others)]
    blocks = Block.objects.filter(blocked__in=people)
    if blocks.filter(blocker=user).exists():
        raise ValidationError({"username": BLOCKED}, code="blocked")
    refuses = Exists(blocks.filter(blocker=OuterRef("pk"))) | Q(direct_from=User.DirectFrom.NOBODY)
    refusing = User.objects.filter(refuses, pk__in=people[1:]).order_by("pk")
    if names := list(refusing.values_list("username", flat=True)):
        raise ValidationError({"username": [not_accepting(name) for name in names]})
