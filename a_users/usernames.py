"""What a username may be: readable, no look-alike of another one, and no word that means something else."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SHORTEST, LONGEST = 2, 150
SHAPE = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")  # a letter or digit at both ends; letters of every script

# What mentions, addresses and the product itself use, and who somebody could pose as.
RESERVED = frozenset(
    """
    abuse account accounts admin administrator all anyone api backchat bot channel chat contact deleted direct edit
    everybody everyone group healthz help here host info mail me media moderator mod myself nobody none noreply
    no-reply null official owner postmaster profile root room rooms security self settings signup staff static status
    support sys system team undefined user users webmaster welcome ws you
    """.split()  # noqa: SIM905
)


# Small letters that look like a Latin one (of Unicode's confusables.txt, those of a plain a to z).
LOOK_ALIKES = str.maketrans("авеіјкмнорсѕтухԁһӏԛԝαεικνορτυχı", "abeijkmhopcstyxdhlqwaeikvoptuxi")
MIXED = ("LATIN", "CYRILLIC", "GREEK")  # scripts that share letters' looks: a name is written in one of them
INVISIBLE = "\u115f\u1160\u3164\uffa0\u17b4\u17b5"  # letters by Unicode, and drawn as nothing


def fold(username: str) -> str:
    """Return what two usernames have in common that people would take for the same (Unicode: NFKC, casefold)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
    return folded.translate(LOOK_ALIKES)


def normalize(username: str) -> str:
    """Return a username as it is stored: without surrounding blanks, in the usual form of each character."""
    return unicodedata.normalize("NFKC", username).strip()


def validate_shape(username: str) -> None:
    """Refuse what is no username. Raises ValidationError."""
    if not SHORTEST <= len(username) <= LONGEST:
        params = {"shortest": SHORTEST, "longest": LONGEST}
        raise ValidationError(_("A username has %(shortest)d to %(longest)d characters."), code="length", params=params)
    if not SHAPE.fullmatch(username):
        reason = _("Use letters, digits and . _ - only, with a letter or digit at both ends and no spaces.")
        raise ValidationError(reason, code="shape")
    if any(char in INVISIBLE for char in username):
        raise ValidationError(_("This name has letters that nobody can see."), code="invisible")
    if len({script for char in username for script in MIXED if unicodedata.name(char, "").startswith(script)}) > 1:
        raise ValidationError(_("Write the name in letters of one script."), code="mixed")


def validate_unreserved(username: str) -> None:
    """Refuse what only an administrator may call someone. Raises ValidationError."""
    if fold(username) in RESERVED or fold(username).startswith("deleted-"):
        raise ValidationError(_("This name is reserved. Choose another one."), code="reserved")


VALIDATORS = [validate_shape, validate_unreserved]  # of the names that people choose themselves
