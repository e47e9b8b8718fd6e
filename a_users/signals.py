"""The project's only signal: every new user gets a profile."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from a_users.models import Profile, User


@receiver(post_save, sender=User)
def create_profile(instance: User, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Create a new user's profile, except in fixtures, which contain their own."""
    if created and not raw:
        Profile.objects.create(user=instance)
