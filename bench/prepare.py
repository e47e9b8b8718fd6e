"""Makes the database of a run: `python -m bench.prepare 50 1000` with the environment of the application.

Migrates it, makes as many signed-in users as the largest number says and a closed room for each number; the
first N users are in the room of N. Prints {"cookies": ["sessionid=…", …], "rooms": {"50": slug, …}} as JSON.
"""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.base import VALID_KEY_CHARS  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from a_rtchat.models import Membership, Room  # noqa: E402
from a_users.models import Profile, User  # noqa: E402


def make_users(count: int) -> list[User]:
    """Return new users with profiles and without a usable password: hashing would take minutes."""
    names = [f"member{number:04}" for number in range(count)]
    users = User.objects.bulk_create(User(username=name, password=make_password(None)) for name in names)
    Profile.objects.bulk_create(Profile(user=user, display_name=user.username.title()) for user in users)
    return users


def sign_in(users: list[User]) -> list[str]:
    """Make a session for each user; return the cookies, "name=value"."""
    store, tomorrow = SessionStore(), timezone.now() + timedelta(days=1)
    keys = [get_random_string(32, VALID_KEY_CHARS) for _ in users]
    sessions = Session.objects.bulk_create(
        Session(session_key=key, session_data=store.encode(signed_in(user)), expire_date=tomorrow)
        for key, user in zip(keys, users, strict=True)
    )
    return [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]


def signed_in(user: User) -> dict[str, str]:
    """Return what a session holds of someone who is signed in."""
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }


def make_room(users: list[User]) -> str:
    """Make a closed room of these users; return its slug."""
    slug = f"bench-{len(users)}"
    room = Room.objects.create(kind=Room.Kind.CLOSED, name=slug, slug=slug)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    return slug


def prepare(sizes: list[int]) -> dict[str, object]:
    """Migrate and fill the database; return the cookies and the rooms' slugs by size."""
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        users = make_users(max(sizes))
        return {"cookies": sign_in(users), "rooms": {size: make_room(users[:size]) for size in sizes}}


if __name__ == "__main__":
    print(json.dumps(prepare([int(size) for size in sys.argv[1:]])))
