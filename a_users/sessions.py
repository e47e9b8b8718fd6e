"""Sessions in the database, whose end reaches the sockets: every way out ends in `delete`."""

from functools import partial

from django.contrib.sessions.backends import db
from django.db import transaction


class SessionStore(db.SessionStore):
    """Django's database session; when one is deleted, its sockets are closed in every process."""

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session (this one by default) and tell the world after the commit."""
        from a_rtchat import broadcasts  # here, because Django loads sessions before models

        key = session_key or self.session_key
        super().delete(session_key)
        if key:
            transaction.on_commit(partial(broadcasts.session_ended, key))
