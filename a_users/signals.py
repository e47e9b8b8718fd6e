"""The project's only signal: a user comes into being with a profile, however they are made."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from a_users.models import Profile, User


@receiver(post_save, sender=User)
def make_profile(instance: User, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Give a new user a profile; fixtures bring their own."""
    if created and not raw:
        Profile.objects.create(user=instance)
