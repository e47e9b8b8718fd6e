"""Admit sockets in batches: two queries for up to `ADMIT_BATCH` of them, without delaying a single one.

After a restart, a thousand browsers reconnect together and share the queries (`orm.Batcher`).
"""

from __future__ import annotations

from dataclasses import dataclass

from a_live.closing import NOT_FOUND, NOT_SIGNED_IN
from a_live.sessions import SignedIn, is_current, signed_in
from a_live.sources import Admission, Lookup, source_of

ADMIT_BATCH = 64  # sockets


@dataclass(frozen=True, slots=True)
class Ticket:
    """A socket's request for admission: its session, and a topic by kind and key."""

    session_key: str
    kind: str
    key: str


def admit_all(tickets: list[Ticket]) -> list[Admission | int]:
    """Return an admission or a close code for each ticket."""
    sessions = signed_in(ticket.session_key for ticket in tickets)
    admissions = _admissions(tickets, sessions)
    return [_decide(ticket, sessions.get(ticket.session_key), admissions) for ticket in tickets]


def _admissions(tickets: list[Ticket], sessions: dict[str, SignedIn]) -> dict[tuple[str, Lookup], Admission]:
    lookups: dict[str, set[Lookup]] = {}
    for ticket in tickets:
        if session := sessions.get(ticket.session_key):
            lookups.setdefault(ticket.kind, set()).add((session.user_id, ticket.key))
    admitted = ((kind, source_of(kind).admit(some)) for kind, some in lookups.items())
    return {(kind, one): admission for kind, found in admitted for one, admission in found.items()}


def _decide(
    ticket: Ticket, session: SignedIn | None, admissions: dict[tuple[str, Lookup], Admission]
) -> Admission | int:
    if session is None:
        return NOT_SIGNED_IN
    admission = admissions.get((ticket.kind, (session.user_id, ticket.key)))
    if admission is None:
        return NOT_FOUND
    return admission if is_current(session, admission.password) else NOT_SIGNED_IN
