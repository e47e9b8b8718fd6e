"""Rename, deactivate and delete accounts."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import parse_qs, urlsplit

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from a_live.closing import close_user
from a_users import extensions
from a_users.devices import sign_out_devices
from a_users.models import DataExport, FormerUsername, Profile, User
from a_users.models.user import TAKEN
from a_users.usernames import fold

MAX_FORMER_USERNAMES = 3  # per user, so that nobody can block names by trying them on


@contextmanager
def locked_account(user: User) -> Iterator[User]:
    """Lock an account for the length of a transaction, so that no write can follow its deletion.

    Raises PermissionDenied if the account has been deleted.
    """
    with transaction.atomic():
        account = User.objects.select_for_update().filter(pk=user.pk, deleted_at=None).first()
        if account is None:
            raise PermissionDenied("This account has been deleted.")
        yield account


def announce_signed_up(user: User) -> None:
    """Notify the other apps of a new account, in the transaction that creates it."""
    for extension in extensions.registered():
        extension.signed_up(user)


def announce_signed_in(user: User, redirect_url: str) -> None:
    """Notify the other apps of someone who has signed in, and of where they wanted to go."""
    target = urlsplit(redirect_url)
    is_welcome = target.path == reverse("welcome")  # after which they go on
    later = parse_qs(target.query).get("next", [redirect_url])[0] if is_welcome else redirect_url
    for extension in extensions.registered():
        extension.signed_in(user, later)


def announce_profile_changed(user: User) -> None:
    """Notify the other apps of a changed profile, in the transaction that changes it."""
    for extension in extensions.registered():
        extension.profile_changed(user)


def change_preferences(user: User, **choices: str) -> None:
    """Save a user's `theme`, `language` or `direct_from`."""
    User.objects.filter(pk=user.pk).update(**choices)


def change_username(user: User, username: str) -> None:
    """Rename a user; links to the old name keep working. Raises ValidationError if the name is taken."""
    try:
        _change_username(user, username)
    except IntegrityError:  # taken by a concurrent request
        raise ValidationError(TAKEN, code="unique") from None


def _change_username(user: User, username: str) -> None:
    with locked_account(user) as account:
        old = account.username
        User.objects.require_free(username, except_for=user)
        user.former_usernames.filter(key=fold(username)).delete()
        if fold(old) != fold(username):
            FormerUsername.objects.create(user=user, username=old)
        surplus = user.former_usernames.order_by("-given_up_at", "-pk")[MAX_FORMER_USERNAMES:]
        FormerUsername.objects.filter(pk__in=[name.pk for name in surplus]).delete()
        user.username = username
        user.save(update_fields=["username", "username_key", "skeleton"])
        announce_profile_changed(user)


def deactivate(*users: User, actor: User | None = None) -> int:
    """Deactivate those of the users who aren't yet, and close their sockets; return their number. Messages stay."""
    return _set_active(users, False, actor)


def reactivate(*users: User, actor: User | None = None) -> int:
    """Let deactivated users sign in again, except deleted accounts; return their number."""
    return _set_active(users, True, actor)


def _set_active(users: Collection[User], is_active: bool, actor: User | None) -> int:
    with transaction.atomic():
        chosen = User.objects.filter(pk__in=[user.pk for user in users], is_active=not is_active, deleted_at=None)
        changed = list(chosen.order_by("pk").select_for_update())
        User.objects.filter(pk__in=[user.pk for user in changed]).update(is_active=is_active)
        announce_site_ban(changed, actor, not is_active)
    return len(changed)


def announce_site_ban(users: Collection[User], actor: User | None, is_banned: bool) -> None:
    """Notify the other apps of users who were deactivated or reactivated, in the transaction that does so."""
    for extension in extensions.registered():
        extension.site_ban_changed(users, actor, is_banned)
    for user in users if is_banned else ():
        announce_revoked(user)


def announce_revoked(user: User) -> None:
    """Close all of a user's sockets after the commit."""
    transaction.on_commit(partial(close_user, user.pk))


def delete_account(user: User) -> None:
    """Erase an account's personal data for good; its messages stay, attributed to "Deleted user"."""
    with locked_account(user):
        for extension in extensions.registered():
            extension.account_deleted(user)
        for model in (EmailAddress, Authenticator, SocialAccount, FormerUsername, DataExport):
            for row in model.objects.filter(user=user):
                row.delete()
        sign_out_devices(UserSession.objects.filter(user=user))
        _erase_profile(Profile.objects.get(user=user))
        _erase_user(user)
        announce_profile_changed(user)
        announce_revoked(user)


def _erase_profile(profile: Profile) -> None:
    profile.display_name, profile.about, profile.color = "Deleted user", "", Profile.Color.SLATE
    profile.avatar = profile.avatar_small = ""  # django-cleanup removes the files after the commit
    profile.save()


def _erase_user(user: User) -> None:
    user.username, user.email, user.first_name, user.last_name = f"deleted-{user.pk}", "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.deleted_at, user.last_seen_at, user.last_login = timezone.now(), None, None
    user.set_unusable_password()
    user.groups.clear()
    user.user_permissions.clear()
    user.save()
