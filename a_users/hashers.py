"""How passwords are hashed, in bounded memory."""

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext_lazy as _

from a_users.limits import Places

BUSY = _("Many people are signing in right now. Try again in a moment.")

hashes = Places(2, BUSY, wait=0.5)  # seconds: about ten hashes


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB and one pass, as OWASP recommends; 35 to 50 ms.

    Blocks beyond 32 MiB are returned to the system at once. glibc keeps smaller ones for each thread: hashing 40
    passwords with 19 MiB, two at a time, left 320 MB behind.
    """

    time_cost, memory_cost, parallelism = 1, 47_104, 1

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password. Raises Limited while too many are computed."""
        with hashes:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a password has this hash. Raises Limited while too many are computed."""
        with hashes:
            return super().verify(password, encoded)
