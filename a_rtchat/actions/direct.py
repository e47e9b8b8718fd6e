"""Opening direct rooms."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from a_rtchat.actions.listing import unhide
from a_rtchat.actions.members import admit
from a_rtchat.models import Block, Room
from a_rtchat.peers import BLOCKED, UNREACHABLE
from a_users.models import User

CODE_LENGTH = 12  # nobody types the code of a direct room, and no two of a million rooms share one


def open_direct_room(user: User, *others: User) -> Room:
    """Return the direct room of exactly these people (of one, for notes to oneself), creating it on first use.

    It is in the user's list afterwards, even if they had hidden it, and in the list of each other new member with the
    next message. Raises ValidationError if there is none yet and the user blocks one of the others, or the other way
    round.
    """
    people = {user, *others}
    key = Room.key_of(*people)
    room = Room.objects.filter(direct_key=key).first() or _create(user, people - {user}, key)
    memberships = {membership.user_id: membership for membership in room.memberships.select_related("room")}
    for person in sorted(people, key=lambda one: one.pk):
        if person.pk not in memberships:  # an administrator may have removed one
            admit(room, person, is_hidden=person != user)
    if user.pk in memberships:
        unhide(memberships[user.pk])
    return room


def _create(user: User, others: Collection[User], key: str) -> Room:
    """Return a new direct room with its members, or the one that a concurrent request has just created."""
    require_unblocked(user, others)
    try:
        with transaction.atomic():
            room = Room.objects.create(direct_key=key, kind=Room.Kind.DIRECT, slug=Room.new_slug("direct", CODE_LENGTH))
            for person in sorted({user, *others}, key=lambda one: one.pk):
                admit(room, person, is_hidden=person != user)
            return room
    except IntegrityError:
        return Room.objects.get(direct_key=key)


def require_unblocked(user: User, others: Collection[User]) -> None:
    """Raise ValidationError if a user blocks one of the others, or one of them blocks the user."""
    blockers = set(Block.objects.between(user.pk, [one.pk for one in others]).values_list("blocker", flat=True))
    if blockers:
        reason = BLOCKED if user.pk in blockers else UNREACHABLE
        raise ValidationError({"username": reason}, code="blocked")
