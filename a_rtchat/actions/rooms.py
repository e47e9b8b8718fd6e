"""What one does with rooms: create, join, open a direct one, admit, leave."""

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


def leave_every_room(user: User) -> None:
    """Take someone out of all rooms but the direct ones, whose other half stays; a room they owned finds an heir."""
    for membership in Membership.objects.filter(user=user).exclude(room__kind=Room.Kind.DIRECT).select_related("room"):
        with transaction.atomic():
            membership.delete()
            if membership.role == Membership.Role.OWNER:
                _find_owner(membership.room)


def _find_owner(room: Room) -> None:
    """Give a room without an owner to who moderates it, else to whoever is longest in it."""
    standing = room.memberships.standing().order_by("joined_at", "pk")
    if not standing.filter(role=Membership.Role.OWNER).exists():
        heir = standing.filter(role=Membership.Role.MODERATOR).first() or standing.first()
        if heir:
            heir.role = Membership.Role.OWNER
            heir.save(update_fields=["role"])


def announce_admitted(membership: Membership) -> None:
    """Tell a member's open pages, after the commit, that a room is theirs now."""
    transaction.on_commit(partial(broadcasts.member_admitted, membership))
