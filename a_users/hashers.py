"""How passwords are hashed, in bounded memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils.translation import gettext_lazy as _

from a_users.limits import Limited

HASHES = 2  # computed at once in a process
WAIT_SECONDS = 0.5  # about ten hashes
BUSY = _("Many people are signing in right now. Try again in a moment.")

_hashes = BoundedSemaphore(HASHES)


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with 46 MiB and one pass, as OWASP recommends; 35 to 50 ms.

    Blocks beyond 32 MiB are returned to the system at once. glibc keeps smaller ones for each thread: hashing 40
    passwords with 19 MiB, two at a time, left 320 MB behind.
    """

    time_cost, memory_cost, parallelism = 1, 47_104, 1

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password. Raises Limited while too many are computed."""
        with _bounded():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a password has this hash. Raises Limited while too many are computed."""
        with _bounded():
            return super().verify(password, encoded)


@contextmanager
def _bounded() -> Iterator[None]:
    if not _hashes.acquire(timeout=WAIT_SECONDS):
        raise Limited(BUSY)
    try:
        yield
    finally:
        _hashes.release()
