"""Accounts and their former usernames."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_users.usernames import MAX_LENGTH, fold, normalize, skeleton, validate_shape

if TYPE_CHECKING:
    from a_users.models.profile import Profile

TAKEN = _("That username is taken.")
LOOKS_TAKEN = _("That looks too much like another username. Choose a different one.")


class UsernameKeyField(models.CharField):
    """Store `fold(username)`, to find an account by its name; updated on every save."""

    make_key = staticmethod(fold)

    def pre_save(self, instance: models.Model, add: bool) -> str:
        """Set and return the key."""
        key = self.make_key(instance.username)  # type: ignore[attr-defined]
        setattr(instance, self.attname, key)
        return key


class UsernameSkeletonField(UsernameKeyField):
    """Store `skeleton(username)`, to refuse a name that looks like another; updated on every save."""

    make_key = staticmethod(skeleton)


class UserQuerySet(models.QuerySet["User"]):
    def known_as(self, username: str) -> User | None:
        """Return the user who has or had this username, in any case, or None."""
        return self.known_as_any([fold(username)]).first()

    def known_as_any(self, keys: Collection[str]) -> UserQuerySet:
        """Return the users who have or had a username with one of these keys."""
        return self.filter(_present_or_former("username_key", "key", keys))

    def named(self, names: Iterable[str]) -> dict[str, User]:
        """Return the users who have or had these usernames, by the folded names, in two queries at most."""
        keys = {fold(name) for name in names}
        people = list(self.known_as_any(keys).prefetch_related("former_usernames")) if keys else []
        former = {former.key: person for person in people for former in person.former_usernames.all()}
        return former | {person.username_key: person for person in people}

    def is_free(self, username: str) -> bool:
        """Return whether `require_free` raises nothing."""
        try:
            self.require_free(username)
        except ValidationError:
            return False
        return True

    def require_free(self, username: str, except_for: User | None = None) -> None:
        """Raise ValidationError if another user has or had this username, or one that looks the same."""
        others = self.exclude(pk=except_for.pk) if except_for else self
        key, looks = fold(username), skeleton(username)
        if others.known_as_any([key]).exists():
            raise ValidationError(TAKEN, code="unique")
        if others.filter(_present_or_former("skeleton", "skeleton", [looks])).exists():
            raise ValidationError(LOOKS_TAKEN, code="unique")


def _present_or_former(column: str, former: str, values: Collection[str]) -> models.Q:
    """Return a condition that reads an index of each of the two tables; joined by OR, they would be read whole."""
    earlier = FormerUsername.objects.filter(**{f"{former}__in": values})
    return models.Q(**{f"{column}__in": values}) | models.Q(pk__in=earlier.values("user"))


class Users(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's user manager with our queryset."""


class User(AbstractUser):
    """An account: how a person signs in. Others see the Profile."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("Same as device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class DirectFrom(models.TextChoices):
        """Who can start a direct message with someone."""

        EVERYONE = "everyone", _("Everyone")
        NOBODY = "nobody", _("Nobody new")

    username = models.CharField(
        max_length=MAX_LENGTH,
        unique=True,
        validators=[validate_shape],
        error_messages={"unique": TAKEN},
    )
    username_key = UsernameKeyField(max_length=2 * MAX_LENGTH, unique=True, editable=False)
    skeleton = UsernameSkeletonField(max_length=2 * MAX_LENGTH, unique=True, editable=False)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, blank=True)
    direct_from = models.CharField(max_length=8, choices=DirectFrom, default=DirectFrom.EVERYONE)
    last_seen_at = models.DateTimeField("last seen", null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    devices_epoch = models.PositiveIntegerField(default=0, editable=False)  # see known_devices.py

    profile: Profile
    objects = Users()  # type: ignore[misc]

    def clean(self) -> None:
        """Normalise the username. Raises ValidationError if it is too similar to an existing one."""
        super().clean()
        self.username = normalize(self.username or "")
        try:
            User.objects.require_free(self.username, except_for=self if self.pk else None)
        except ValidationError as error:
            raise ValidationError({"username": error}) from None

    def get_absolute_url(self) -> str:
        """Return the URL of the profile page."""
        return reverse("profile", args=[self.username])


class FormerUsername(models.Model):
    """A user's former username: links to it keep working, and nobody else can take it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_usernames")
    username = models.CharField(max_length=MAX_LENGTH)
    key = UsernameKeyField(max_length=2 * MAX_LENGTH, unique=True, editable=False)
    skeleton = UsernameSkeletonField(max_length=2 * MAX_LENGTH, db_index=True, editable=False)
    given_up_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.username
