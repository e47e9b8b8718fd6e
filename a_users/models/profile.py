"""How someone is shown to others."""

import random

from django.db import models

from a_users.models.user import User


def random_color() -> str:
    """Return one colour of the palette, drawn at random."""
    return random.choice(Profile.Color.values)


class Profile(models.Model):
    """How someone is shown to others; every user has exactly one (see signals.py)."""

    class Color(models.TextChoices):
        """The palette. Each name is a token pair in static/css/tokens.css: one for light, one for dark."""

        RED = "red"
        CORAL = "coral"
        ORANGE = "orange"
        AMBER = "amber"
        OLIVE = "olive"
        GREEN = "green"
        TEAL = "teal"
        CYAN = "cyan"
        BLUE = "blue"
        INDIGO = "indigo"
        VIOLET = "violet"
        MAGENTA = "magenta"
        ROSE = "rose"
        SLATE = "slate"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    display_name = models.CharField(max_length=60, blank=True)
    avatar = models.ImageField(upload_to="avatars/", blank=True)  # a square for the profile page (see avatars.py)
    avatar_small = models.ImageField(upload_to="avatars/", blank=True, editable=False)  # and one beside messages
    color = models.CharField(max_length=10, choices=Color, default=random_color)
    about = models.TextField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name to show: the display name, else the username."""
        return self.display_name or self.user.username

    @property
    def initials(self) -> str:
        """One or two letters that stand in for a missing avatar."""
        words = self.name.replace("_", " ").replace("-", " ").split() or ["?"]
        return "".join(word[0] for word in [words[0], *words[1:][-1:]]).upper()
