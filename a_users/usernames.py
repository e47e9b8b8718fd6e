"""Validate usernames: readable, unmistakable, not reserved."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from a_users.confusables import LOOK_ALIKES

MIN_LENGTH, MAX_LENGTH = 2, 150
SHAPE = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")  # a letter or digit at both ends; letters of every script

# Names used by mentions, URLs and the product, and names for impersonating staff.
RESERVED = frozenset(
    """
    abuse account accounts admin administrator all anyone api backchat bot channel chat contact deleted direct edit
    everybody everyone group healthz help here host info mail me media moderator mod myself nobody none noreply
    no-reply null official owner people postmaster profile root room rooms security self settings signup staff static
    status support sys system team undefined user users webmaster welcome ws you
    """.split()  # noqa: SIM905
)


INVISIBLE = "\u115f\u1160\u3164\uffa0\u17b4\u17b5"  # letters that are drawn as nothing


ASCII_LOOKS = str.maketrans({char: target for target, chars in LOOK_ALIKES.items() for char in chars})

# The scripts of Japanese, Korean and Chinese: written together, and with Latin (UTS #39, "highly restrictive").
EAST_ASIAN = {"CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"}
SCRIPTS_OF_DIGITS = {"ARABIC-INDIC": "ARABIC", "EXTENDED": "ARABIC"}


def fold(username: str) -> str:
    """Return a key that is equal for usernames that differ only in case or in the form of their letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def skeleton(username: str) -> str:
    """Return a key that is equal for usernames that look the same; it depends on their case.

    I, l and 1 look the same, O and 0, m and rn; but i and l do not. Among capitals, l is read as I.
    """
    text = unicodedata.normalize("NFKC", username).translate(ASCII_LOOKS)
    if text.replace("l", "").isupper():
        text = text.replace("l", "I")
    return fold(text).translate(ASCII_LOOKS).replace("rn", "m")


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
    if is_mixed({_script(char) for char in username} - {""}):
        raise ValidationError(_("Use letters from a single alphabet."), code="mixed")


def is_mixed(scripts: set[str]) -> bool:
    """Return whether scripts are not written together."""
    others = scripts - EAST_ASIAN
    return len(others) > 1 or (others != scripts and not others <= {"LATIN"})


def _script(char: str) -> str:
    """Return the script of a letter, the first word of its name in Unicode; empty for what all scripts share."""
    if char.isascii() and not char.isalpha():
        return ""
    script = unicodedata.name(char, "").split(" ")[0]
    return SCRIPTS_OF_DIGITS.get(script, "" if script == "MODIFIER" else script)


_reserved_looks = RESERVED | {skeleton(name) for name in RESERVED}


def validate_unreserved(username: str) -> None:
    """Raise ValidationError for a reserved username; only administrators may assign those."""
    looks = {fold(username), skeleton(username)}
    if looks & _reserved_looks or any(look.startswith("deleted-") for look in looks):
        raise ValidationError(_("That username is reserved. Choose another."), code="reserved")


VALIDATORS = [validate_shape, validate_unreserved]  # for usernames that people choose themselves
