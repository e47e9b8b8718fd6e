"""Who comes in through a socket: session and door, asked for everyone who waits at once.

After a restart a thousand browsers come back together. Those who wait share a crossing into the ORM (`orm.Together`):
two queries for up to `ADMITTED_AT_ONCE` sockets, and no delay for a single one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from a_rtchat.models import Membership, Room
from a_users.models import User

ADMITTED_AT_ONCE = 64  # sockets
NOT_SIGNED_IN, REVOKED, NO_SUCH_ROOM = 4401, 4403, 4404  # close codes


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a socket shows at the door."""

    session_key: str
    slug: str


@dataclass(frozen=True, slots=True)
class Admission:
    """What the door gives to a socket: whose it is, and into which room at which revision."""

    user_id: int
    room_id: int
    revision: int
    language: str = ""  # that they have chosen, if any


def check_all(tickets: list[Ticket]) -> list[Admission | int]:
    """Return for each ticket the admission, or the close code of whoever is not (any longer) let in."""
    sessions = signed_in(ticket.session_key for ticket in tickets)
    standing = find_standing([(sessions[t.session_key].user_id, t.slug) for t in tickets if t.session_key in sessions])
    return [_decide(sessions.get(ticket.session_key), ticket.slug, standing) for ticket in tickets]


def admit_all(tickets: list[Ticket]) -> list[Admission | int]:
    """Return for each ticket the admission or the close code; whoever comes to an open room joins it."""
    results = check_all(tickets)
    return [_join(ticket) if result == REVOKED else result for ticket, result in zip(tickets, results, strict=True)]


class SignedIn(NamedTuple):
    """Whose a session is, and the hash of the password that it was made with."""

    user_id: int
    session_hash: str


def signed_in(session_keys: Iterable[str]) -> dict[str, SignedIn]:
    """Return {session key: whose it is} of the sessions that live and are somebody's, in one query."""
    sessions = Session.objects.filter(expire_date__gt=timezone.now())
    found = [(session.session_key, session.get_decoded()) for session in sessions.filter(pk__in=set(session_keys))]
    return {key: SignedIn(int(d[SESSION_KEY]), d.get(HASH_SESSION_KEY, "")) for key, d in found if SESSION_KEY in d}


Standing = tuple[Admission, str]  # and the password that the session was made with


def find_standing(asked: list[tuple[int, str]]) -> dict[tuple[int, str], Standing]:
    """Return {(user id, slug): standing} of those who are in the rooms that they ask for, in one query."""
    users_of: defaultdict[str, set[int]] = defaultdict(set)
    for user_id, slug in asked:
        users_of[slug].add(user_id)
    wanted = reduce(or_, (Q(room__slug=slug, user__in=users) for slug, users in users_of.items()), Q(pk=None))
    columns = ("room__slug", "user__password", "user_id", "room_id", "room__revision", "user__language")
    rows = Membership.objects.standing().filter(wanted).values_list(*columns)
    return {(user, slug): (Admission(user, *rest), password) for slug, password, user, *rest in rows}


def _decide(session: SignedIn | None, slug: str, everyone: dict[tuple[int, str], Standing]) -> Admission | int:
    if session is None:
        return NOT_SIGNED_IN
    if (session.user_id, slug) not in everyone:
        return REVOKED
    admission, password = everyone[session.user_id, slug]
    return admission if _matches(session.session_hash, User(password=password)) else NOT_SIGNED_IN


def _matches(session_hash: str, user: User) -> bool:
    """Tell whether a session was made with the password that the user has now."""
    return constant_time_compare(session_hash, user.get_session_auth_hash())


def _join(ticket: Ticket) -> Admission | int:
    """Let someone into an open room whom the door does not know yet."""
    session = signed_in([ticket.session_key]).get(ticket.session_key)
    user = User.objects.filter(pk=session.user_id, is_active=True).first() if session else None
    if session is None or user is None or not _matches(session.session_hash, user):
        return NOT_SIGNED_IN
    try:
        room: Room = Membership.objects.enter(user, ticket.slug).room
    except Membership.DoesNotExist:
        return NO_SUCH_ROOM
    return Admission(user.pk, room.pk, room.revision, user.language)
