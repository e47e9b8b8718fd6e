"""Where Backchat does more than allauth."""

from functools import partial

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction

from a_rtchat import broadcasts
from a_users.models import User


class AccountAdapter(DefaultAccountAdapter):
    """allauth's accounts, whose changes reach the sockets."""

    def set_password(self, user: User, password: str) -> None:
        """Set a password; whoever came in with the last one has to come in again."""
        super().set_password(user, password)
        transaction.on_commit(partial(broadcasts.user_revoked, user.pk))
