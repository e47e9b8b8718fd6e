"""Where Backchat does more than allauth."""

from functools import partial

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction

from a_rtchat import broadcasts
from a_users.models import User
from a_users.models.user import TAKEN
from a_users.usernames import normalize


class AccountAdapter(DefaultAccountAdapter):
    """allauth's accounts, whose changes reach the sockets."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return a username as it is stored. Raises ValidationError for a bad one, or a look-alike of another."""
        username = super().clean_username(normalize(username), shallow=True)
        if not shallow and not User.objects.is_free(username):
            raise ValidationError(TAKEN, code="unique")
        return username

    def set_password(self, user: User, password: str) -> None:
        """Set a password; whoever came in with the last one has to come in again."""
        super().set_password(user, password)
        transaction.on_commit(partial(broadcasts.user_revoked, user.pk))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts of other sites."""
