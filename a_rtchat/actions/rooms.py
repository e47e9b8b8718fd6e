"""What one does with rooms: create, join, open a direct one, admit."""

from functools import partial

from django.db import IntegrityError, transaction

from a_rtchat import broadcasts
from a_rtchat.models import Membership, Room
from a_users.models import User

SLUG_TRIES = 5  # a fresh slug collides once in a million rooms of the same name


def create_room(user: User, name: str, kind: str = Room.Kind.OPEN) -> Membership:
    """Create a room and return its creator's membership as owner."""
    for tries_left in reversed(range(SLUG_TRIES)):
        try:
            with transaction.atomic():
                room = Room.objects.create(name=name, kind=kind, slug=Room.new_slug(name))
                return admit(room, user, Membership.Role.OWNER)
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def open_direct_room(user: User, other: User) -> Room:
    """Return the direct room of two users (of one, for notes to oneself), made on first use."""
    key = Room.key_of(user, other)
    with transaction.atomic():
        slug = Room.new_slug("direct")
        room, created = Room.objects.get_or_create(direct_key=key, defaults={"kind": Room.Kind.DIRECT, "slug": slug})
        if created:
            for person in {user, other}:
                admit(room, person)
    return room


def admit(room: Room, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Put a user into a room and tell their open pages; return the membership, as it was if they are in."""
    with transaction.atomic():
        membership, created = Membership.objects.get_or_create(room=room, user=user, defaults={"role": role})
        if created:
            announce_admitted(membership)
    return membership


def announce_admitted(membership: Membership) -> None:
    """Tell a member's open pages, after the commit, that a room is theirs now."""
    transaction.on_commit(partial(broadcasts.member_admitted, membership))
