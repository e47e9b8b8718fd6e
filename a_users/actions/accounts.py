"""What one does with an account: rename, deactivate, delete."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from a_live.closing import close_user
from a_users import extensions
from a_users.devices import end_devices
from a_users.models import DataExport, FormerUsername, Profile, User
from a_users.models.user import TAKEN
from a_users.usernames import fold

FORMER_USERNAMES_KEPT = 3  # of each user, so that nobody can keep a name from everybody by trying it on


@contextmanager
def locked_account(user: User) -> Iterator[User]:
    """Hold an account, as it is stored, until all is written: what comes after its deletion is lost.

    Raises PermissionDenied where it is deleted.
    """
    with transaction.atomic():
        stored = User.objects.select_for_update().filter(pk=user.pk, deleted_at=None).first()
        if stored is None:
            raise PermissionDenied("This account is deleted.")
        yield stored


def announce_signed_up(user: User) -> None:
    """Tell the other apps of a new account, within the transaction that stores it."""
    for extension in extensions.each():
        extension.signed_up(user)


def announce_profile_changed(user: User) -> None:
    """Tell the other apps that a user looks different now, within the transaction that changes it."""
    for extension in extensions.each():
        extension.profile_changed(user)


def change_appearance(user: User, **choices: str) -> None:
    """Keep how Backchat shall look to someone: `theme`, `language`."""
    User.objects.filter(pk=user.pk).update(**choices)


def change_username(user: User, username: str) -> None:
    """Rename a user; links to the name that they give up lead to them. Raises ValidationError for a taken name."""
    try:
        _change_username(user, username)
    except IntegrityError:  # somebody took it at the same moment
        raise ValidationError(TAKEN, code="unique") from None


def _change_username(user: User, username: str) -> None:
    with locked_account(user) as stored:
        last = stored.username
        if not User.objects.is_free(username, but=user):
            raise ValidationError(TAKEN, code="unique")
        user.former_usernames.filter(key=fold(username)).delete()
        if fold(last) != fold(username):
            FormerUsername.objects.create(user=user, username=last)
        forgotten = user.former_usernames.order_by("-given_up_at", "-pk")[FORMER_USERNAMES_KEPT:]
        FormerUsername.objects.filter(pk__in=[name.pk for name in forgotten]).delete()
        user.username = username
        user.save(update_fields=["username", "username_key"])
        announce_profile_changed(user)


def deactivate(user: User) -> None:
    """Shut someone out: their sockets close at once, what they said stays."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        announce_revoked(user)


def announce_revoked(user: User) -> None:
    """Close, after the commit, all sockets of someone who has to come in again, or may not any longer."""
    transaction.on_commit(partial(close_user, user.pk))


def delete_account(user: User) -> None:
    """Take everything personal off an account and shut it for good; what they said stays, by a "Deleted user"."""
    with locked_account(user):
        for extension in extensions.each():
            extension.account_deleted(user)
        for keepsake in (EmailAddress, Authenticator, SocialAccount, FormerUsername, DataExport):
            for row in keepsake.objects.filter(user=user):
                row.delete()
        end_devices(UserSession.objects.filter(user=user))
        _forget_profile(Profile.objects.get(user=user))
        _forget_user(user)
        announce_profile_changed(user)
        announce_revoked(user)


def _forget_profile(profile: Profile) -> None:
    profile.display_name, profile.about, profile.color = "Deleted user", "", Profile.Color.SLATE
    profile.avatar = profile.avatar_small = ""  # django-cleanup removes the files after the commit
    profile.save()


def _forget_user(user: User) -> None:
    user.username, user.email, user.first_name, user.last_name = f"deleted-{user.pk}", "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.deleted_at, user.last_seen_at, user.last_login = timezone.now(), None, None
    user.set_unusable_password()
    user.groups.clear()
    user.user_permissions.clear()
    user.save()
