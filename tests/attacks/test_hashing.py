"""Many passwords at once: they are hashed in bounded memory, two at a time."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.test import Client

from a_users import hashers
from a_users.models import User
from conftest import PASSWORD
from tests.attacks.test_accounts import is_signed_in, sign_in

pytestmark = pytest.mark.django_db


@contextmanager
def count_hashes():
    """Count how many hashes are computed at once, and yield a list with the maximum."""
    running, most, lock = [0], [0], threading.Lock()
    encode = Argon2PasswordHasher.encode

    def counted(*args):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            return encode(*args)
        finally:
            with lock:
                running[0] -= 1

    with patch.object(Argon2PasswordHasher, "encode", counted):
        yield most


def resident_megabytes() -> int:
    [kilobytes] = re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(kilobytes) // 1024


def test_hashing_40_passwords_at_once_takes_little_memory(settings, monkeypatch):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]  # without the fast hasher of the tests
    monkeypatch.setattr(hashers.hashes, "wait", 60)
    make_password("warm up")
    before, peak = resident_megabytes(), 0
    with count_hashes() as most, ThreadPoolExecutor(40) as threads:
        hashes = [threads.submit(make_password, f"secret {number}") for number in range(40)]
        while not all(one.done() for one in hashes):
            peak = max(peak, resident_megabytes())
            time.sleep(0.005)
    assert most[0] <= 2
    assert peak - before < 120 and resident_megabytes() - before < 40
    assert check_password("secret 1", hashes[1].result())


def test_a_sign_in_that_would_wait_for_long_is_refused_and_is_not_a_failure(alice, settings, monkeypatch):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    User.objects.update(password=make_password(PASSWORD))
    monkeypatch.setattr(hashers.hashes, "wait", 0.01)
    with hashers.hashes, hashers.hashes:
        answers = [sign_in(Client()) for _ in range(6)]
        signing_up = Client().post("/accounts/signup/", {"username": "dave", "password1": "a long enough secret"})
    for page in (*answers, signing_up):
        assert page.status_code == 429 and "Many people are signing in" in page.content.decode()
    assert 'value="alice"' in answers[0].content.decode() and 'value="dave"' in signing_up.content.decode()
    sign_in(browser := Client())
    assert is_signed_in(browser) and not User.objects.filter(username="dave").exists()


def test_an_older_hash_is_replaced_when_its_owner_signs_in(alice, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    User.objects.update(password=Argon2PasswordHasher().encode(PASSWORD, "an older salt"))
    sign_in(browser := Client())
    assert "m=47104,t=1,p=1" in User.objects.get().password
    assert browser.get("/rooms/").status_code == 200, "still signed in"
