"""An account, and the names that it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from a_users.usernames import LONGEST, fold, normalize, validate_shape

if TYPE_CHECKING:
    from a_users.models.profile import Profile

TAKEN = _("Somebody has this name already. Choose another one.")


class UsernameKeyField(models.CharField):
    """What a row's username is compared by, kept up to date by itself: `fold(username)`."""

    def pre_save(self, instance: models.Model, add: bool) -> str:
        """Return the key of the username that is about to be stored."""
        key = fold(instance.username)  # type: ignore[attr-defined]
        setattr(instance, self.attname, key)
        return key


class UserQuerySet(models.QuerySet["User"]):
    def known_as(self, username: str) -> User | None:
        """Return who has this username, or had it before; None where nobody did. Case makes no difference."""
        key = fold(username)
        named = models.Q(username_key=key) | models.Q(former_usernames__key=key)
        return self.filter(named).distinct().first()

    def is_free(self, username: str, but: User | None = None) -> bool:
        """Tell whether nobody (but one) is known by this username, nor by one that looks the same."""
        known = self.known_as(username)
        return known is None or known == but


class Users(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's manager of users with ours."""


class User(AbstractUser):
    """An account: how someone signs in. What others see of them is the Profile."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    username = models.CharField(
        max_length=LONGEST,
        unique=True,
        validators=[validate_shape],
        error_messages={"unique": TAKEN},
    )
    username_key = UsernameKeyField(max_length=2 * LONGEST, unique=True, editable=False)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, blank=True)
    last_seen_at = models.DateTimeField("last seen", null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    profile: Profile
    objects = Users()  # type: ignore[misc]

    def clean(self) -> None:
        """Normalise the username; refuse a look-alike of another one. Raises ValidationError."""
        super().clean()
        self.username = normalize(self.username or "")
        if not User.objects.is_free(self.username, but=self):
            raise ValidationError({"username": TAKEN})

    def get_absolute_url(self) -> str:
        """Return the address of the profile page."""
        return reverse("profile", args=[self.username])


class FormerUsername(models.Model):
    """A username that someone had: links to it lead to them, and nobody else can take it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_usernames")
    username = models.CharField(max_length=LONGEST)
    key = UsernameKeyField(max_length=2 * LONGEST, unique=True, editable=False)
    given_up_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.username
