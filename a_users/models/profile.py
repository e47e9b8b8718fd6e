"""How a user appears to others."""

import random
import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from a_users.models.user import User

# A flag, or a character with its modifiers: skin tone, variant, joined emoji (Unicode TR 51).
FIRST_GRAPHEME = re.compile(r"[\U0001F1E6-\U0001F1FF]{2}|.(?:[\uFE0F\u20E3\U0001F3FB-\U0001F3FF]|\u200D.)*", re.DOTALL)


def random_color() -> str:
    """Return a random colour of the palette."""
    return random.choice(Profile.Color.values)


class Profile(models.Model):
    """How a user appears to others; every user has exactly one (see signals.py)."""

    class Color(models.TextChoices):
        """The palette: each name has a light and a dark token in static/css/tokens.css."""

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
    avatar = models.ImageField(upload_to="avatars/", blank=True)  # for the profile page (see avatars.py)
    avatar_small = models.ImageField(upload_to="avatars/", blank=True, editable=False)  # next to messages
    color = models.CharField(max_length=10, choices=Color, default=random_color)
    about = models.TextField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return the display name, or else the username."""
        return self.display_name or self.user.username

    @property
    def initials(self) -> str:
        """Return one or two letters, or the first character of a name without letters, to replace a missing avatar."""
        words = re.split(r"[\s_-]+", self.name)
        lettered = [word for word in words if word[:1].isalnum()]
        if not lettered:
            return FIRST_GRAPHEME.match(self.name)[0]  # type: ignore[index]
        return "".join(word[0] for word in [lettered[0], *lettered[1:][-1:]]).upper()
