"""Sessions in the database; ending one closes its sockets."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends import db
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from a_live.closing import close_session
from a_live.compiled import CompiledQuery, padded

SESSION_KEY_FORM = re.compile(r"[a-z0-9]{32}")  # django.contrib.sessions.backends.base


class SessionStore(db.SessionStore):
    """Django's database session; deleting one closes its sockets in every process."""

    def _get_session_from_db(self) -> Any:
        """Return the session's row, or None; a malformed key costs no query."""
        if SESSION_KEY_FORM.fullmatch(self.session_key or ""):
            for row in _by_key().fetch(self.session_key, timezone.now()):
                return row
        self._session_key = None
        return None

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session (this one by default)."""
        key = session_key or self.session_key
        super().delete(session_key)
        if key:
            transaction.on_commit(partial(close_session, key))


@cache
def _by_key() -> CompiledQuery:
    sessions = SessionStore.get_model_class().objects
    return CompiledQuery(
        lambda key, now: sessions.filter(session_key=key, expire_date__gt=now), "a key", timezone.now()
    )


@cache
def _by_keys(count: int) -> CompiledQuery:
    sessions = SessionStore.get_model_class().objects.values_list("session_key", "session_data")
    keys = [f"key {number}" for number in range(count)]
    return CompiledQuery(lambda now, *keys: sessions.filter(expire_date__gt=now, pk__in=keys), timezone.now(), *keys)


class SignedIn(NamedTuple):
    """The user of a session, and its session hash, which depends on the password."""

    user_id: int
    session_hash: str


def signed_in(session_keys: Iterable[str]) -> dict[str, SignedIn]:
    """Return {session key: SignedIn} for the valid, signed-in sessions, in one query."""
    keys = {key for key in session_keys if SESSION_KEY_FORM.fullmatch(key)}
    if not keys:
        return {}
    some = padded(keys)
    rows = _by_keys(len(some)).fetch(timezone.now(), *some)
    return {key: session for key, data in rows if (session := _read(data))}


@lru_cache(maxsize=20_000)  # needed for every socket at each recheck, and checking a signature takes 20 µs
def _read(session_data: str) -> SignedIn | None:
    data = SessionStore().decode(session_data)
    return SignedIn(int(data[SESSION_KEY]), data.get(HASH_SESSION_KEY, "")) if SESSION_KEY in data else None


def is_current(session: SignedIn, password: str) -> bool:
    """Return whether a session was started with the user's current password, given as its hash."""
    return constant_time_compare(session.session_hash, _session_hash(password))


@lru_cache(maxsize=20_000)  # needed for every socket at each recheck
def _session_hash(password: str) -> str:
    model = get_user_model()
    user = model.__new__(model)  # skip `__init__`, which is slower than the hash, which only needs the password
    user.__dict__["password"] = password
    return user.get_session_auth_hash()
