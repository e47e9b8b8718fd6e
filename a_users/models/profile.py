"""How someone is shown to others."""

import random
import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from a_users.models.user import User

# A flag, or a sign with all that changes it: skin, variant, and what is joined to it (Unicode TR 51).
FIRST_SIGN = re.compile(r"[\U0001F1E6-\U0001F1FF]{2}|.(?:[\uFE0F\u20E3\U0001F3FB-\U0001F3FF]|\u200D.)*", re.DOTALL)


def random_color() -> str:
    """Return one colour of the palette, drawn at random."""
    return random.choice(Profile.Color.values)


class Profile(models.Model):
    """How someone is shown to others; every user has exactly one (see signals.py)."""

    class Color(models.TextChoices):
        """The palette. Each name is a token pair in static/css/tokens.css: one for light, one for dark."""

        RED = "red", _("Red")
        CORAL = "coral", _("Coral")
        ORANGE = "orange", _("Orange")
        AMBER = "amber", _("Amber")
        OLIVE = "olive", _("Olive")
        GREEN = "green", _("Green")
        TEAL = "teal", _("Teal")
        CYAN = "cyan", _("Cyan")
        BLUE = "blue", _("Blue")
        INDIGO = "indigo", _("Indigo")
        VIOLET = "violet", _("Violet")
        MAGENTA = "magenta", _("Magenta")
        ROSE = "rose", _("Rose")
        SLATE = "slate", _("Slate")

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
        """One or two letters, or the first sign of a name without any, that stand in for a missing avatar."""
        words = re.split(r"[\s_-]+", self.name)
        spoken = [word for word in words if word[:1].isalnum()]
        if not spoken:
            return FIRST_SIGN.match(self.name)[0]  # type: ignore[index]
        return "".join(word[0] for word in [spoken[0], *spoken[1:][-1:]]).upper()
