"""Validate usernames: readable, unmistakable, not reserved."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MIN_LENGTH, MAX_LENGTH = 2, 150
SHAPE = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")  # a letter or digit at both ends; letters of every script

# Names used by mentions, URLs and the product, and names for impersonating staff.
RESERVED = frozenset(
    """
    abuse account accounts admin administrator all anyone api backchat bot channel chat contact deleted direct edit
    everybody everyone group healthz help here host info mail me media moderator mod myself nobody none noreply
    no-reply null official owner postmaster profile root room rooms security self settings signup staff static status
    support sys system team undefined user users webmaster welcome ws you
    """.split()  # noqa: SIM905
)


# Lowercase letters that look like a to z (from Unicode's confusables.txt).
LOOK_ALIKES = str.maketrans("авеіјкмнорсѕтухԁһӏԛԝαεικνορτυχı", "abeijkmhopcstyxdhlqwaeikvoptuxi")
MIXED = ("LATIN", "CYRILLIC", "GREEK")  # scripts with similar letters: a username may use only one
INVISIBLE = "\u115f\u1160\u3164\uffa0\u17b4\u17b5"  # letters that are drawn as nothing


def fold(username: str) -> str:
    """Return a key that is equal for usernames that look the same (NFKC, casefold, look-alikes)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
    return folded.translate(LOOK_ALIKES)


def normalize(username: str) -> str:
    """Return a username without surrounding whitespace, in NFKC."""
    return unicodedata.normalize("NFKC", username).strip()


def validate_shape(username: str) -> None:
    """Raise ValidationError for a malformed username."""
    if not MIN_LENGTH <= len(username) <= MAX_LENGTH:
        params = {"min": MIN_LENGTH, "max": MAX_LENGTH}
        raise ValidationError(_("Usernames must be %(min)d to %(max)d characters."), code="length", params=params)
    if not SHAPE.fullmatch(username):
        reason = _("Use only letters, digits and . _ - (no spaces). Start and end with a letter or digit.")
        raise ValidationError(reason, code="shape")
    if any(char in INVISIBLE for char in username):
        raise ValidationError(_("Usernames can't contain invisible characters."), code="invisible")
    if len({script for char in username for script in MIXED if unicodedata.name(char, "").startswith(script)}) > 1:
        raise ValidationError(_("Use letters from a single alphabet."), code="mixed")


def validate_unreserved(username: str) -> None:
    """Raise ValidationError for a reserved username; only administrators may assign those."""
    if fold(username) in RESERVED or fold(username).startswith("deleted-"):
        raise ValidationError(_("That username is reserved. Choose another."), code="reserved")


VALIDATORS = [validate_shape, validate_unreserved]  # for usernames that people choose themselves
