"""Fill an empty database, in the environment of the application (DATABASE_URL, SECRET_KEY, ...).

`python -m bench.prepare members 100 1000` creates 1,000 users and two rooms, for the first 100 and for all of them.
`python -m bench.prepare pages 500 1000000` creates readers with 20 and with 500 rooms, one with 1,000,000 messages.
`python -m bench.prepare elsewhere 1000 50` creates 1,000 members of 50 rooms, each with a poster of its own.
Each prints the cookies of the signed-in users and the slugs of the rooms as JSON.
"""

import json
import os
import random
import sys
from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402

from a_rtchat.models import Membership, Message, Room  # noqa: E402
from a_users.models import Profile, User  # noqa: E402

READERS = 8  # of each kind, one per connection of the load generator
AUTHORS = 12
FEW_ROOMS = 20
FEW_MESSAGES = 60  # in most rooms
SMALL_ROOM = 150  # messages in the rooms that readers open, enough for a page of history
BATCH = 10_000  # messages per transaction
FIRST_NAMES = ("Ada", "Bilal", "Chen", "Dora", "Emeka", "Freya", "Goran", "Hana", "Ines", "Jonas", "Kirsi", "Luís")
SENTENCES = (
    "Good morning everyone.",
    "Can somebody look at the failing build?",
    "I'm on it, give me ten minutes.",
    "The new release has been up since ten and looks fine so far.",
    "Lunch at half past twelve, as usual?",
    "I moved the meeting to Thursday because half the team is travelling on Wednesday.",
    "It's the cache again: the key didn't contain the language, so some people saw the German page.",
    "Could you add a test for that before we merge it?",
    "I've read the whole thread twice and still don't understand why we need a second queue here.",
    'The customer called: they\'re happy with the import, but want "undo" & a progress bar.',
    "👍 Looks good to me.",
)
RICH = (
    ("This is **important**.", "This is <strong>important</strong>."),
    ("Run `make test` first.", "Run <code>make test</code> first."),
    (
        "See https://docs.djangoproject.com/",
        'See <a href="https://docs.djangoproject.com/" target="_blank" rel="noopener noreferrer nofollow ugc">'
        "https://docs.djangoproject.com/</a>",
    ),
)
PHRASES = [(sentence, escape(sentence, quote=False)) for sentence in SENTENCES] + list(RICH)


def make_users(prefix: str, count: int) -> list[User]:
    """Create users with profiles but no usable passwords, because hashing would take minutes."""
    names = [f"{prefix}{number:04}" for number in range(count)]
    users = User.objects.bulk_create(User(username=name, password=make_password(None)) for name in names)
    shown = (f"{FIRST_NAMES[number % 12]} {user.username.title()}" for number, user in enumerate(users))
    Profile.objects.bulk_create(Profile(user=user, display_name=name) for user, name in zip(users, shown, strict=True))
    return users


def sign_in(users: list[User]) -> list[str]:
    """Create a session for each user; return the cookies as "name=value"."""
    backend = {BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]}
    held = ({SESSION_KEY: str(user.pk), HASH_SESSION_KEY: user.get_session_auth_hash()} | backend for user in users)
    made: list[Any] = [SessionStore().create_model_instance(data) for data in held]
    sessions = Session.objects.bulk_create(made)
    return [f"{settings.SESSION_COOKIE_NAME}={session.session_key}" for session in sessions]


def make_rooms(slugs: Iterable[str], kind: str = Room.Kind.CLOSED, messages: int = 0) -> list[Room]:
    """Create rooms whose counters already include the messages that are written later."""
    counters = {"last_seq": messages, "revision": messages}
    return Room.objects.bulk_create(Room(kind=kind, name=slug.title(), slug=slug, **counters) for slug in slugs)


def admit(users: list[User], rooms: list[Room]) -> None:
    """Make the users members of the rooms, with a few unread messages in some."""
    read = [(room, max(0, room.last_seq - random.choice((0, 0, 3)))) for room in rooms]
    Membership.objects.bulk_create(
        Membership(room=room, user=user, last_read_seq=seq) for room, seq in read for user in users
    )


def write_messages(rooms: list[Room], authors: list[User]) -> None:
    """Create the messages that the rooms' counters include."""
    messages = messages_of(rooms, authors)
    while batch := list(islice(messages, BATCH)):
        Message.objects.bulk_create(batch)


def messages_of(rooms: list[Room], authors: list[User]) -> Iterator[Message]:
    """Yield the messages of the rooms, by random authors."""
    texts = [text() for _ in range(500)]
    for room in rooms:
        for seq in range(1, room.last_seq + 1):
            body, html = random.choice(texts)
            author = random.choice(authors)
            yield Message(room=room, author=author, body=body, body_html=html, seq=seq, revision=seq)


def text() -> tuple[str, str]:
    """Return the source and HTML of a random message."""
    phrases = random.choices(PHRASES, k=random.choice((1, 1, 2, 2, 3, 5)))
    return " ".join(source for source, _ in phrases), f"<p>{' '.join(html for _, html in phrases)}</p>"


def prepare_members(*sizes: int) -> dict[str, Any]:
    """Create a room of each size with its members; return their cookies and {size: slug}."""
    users, rooms = make_users("member", max(sizes)), make_rooms(f"bench-{size}" for size in sizes)
    for size, room in zip(sizes, rooms, strict=True):
        admit(users[:size], [room])
    return {"cookies": sign_in(users), "rooms": {size: room.slug for size, room in zip(sizes, rooms, strict=True)}}


def prepare_pages(count: int, messages: int) -> dict[str, Any]:
    """Create readers with few and with many rooms; return their cookies and the slugs of the rooms to open.

    All readers are members of the opened rooms and of the large one, which has the given number of messages.
    """
    authors, few, many = make_users("author", AUTHORS), make_users("few", READERS), make_users("many", READERS)
    opened = make_rooms((f"team-{number}" for number in range(FEW_ROOMS - 1)), messages=SMALL_ROOM)
    large = make_rooms(["everyone"], messages=messages)
    quiet = make_rooms((f"project-{number}" for number in range(count - FEW_ROOMS)), messages=FEW_MESSAGES)
    public = make_rooms((f"open-{number}" for number in range(10)), Room.Kind.OPEN, FEW_MESSAGES)
    admit([*authors, *many], opened + large + quiet)
    admit(few, opened + large)
    admit(authors, public)
    write_messages(opened + large + quiet + public, authors)
    counts = {"rooms": count, "messages": messages, "small": SMALL_ROOM}
    slugs = {"opened": [room.slug for room in opened], "large": large[0].slug}
    return {"few": sign_in(few), "many": sign_in(many), **slugs, **counts}


def prepare_elsewhere(members: int, count: int) -> dict[str, Any]:
    """Create rooms that all members share, each with a poster of its own; return the cookies and the rooms' slugs."""
    watchers, posters = make_users("watcher", members), make_users("poster", count)
    rooms = make_rooms(f"busy-{number}" for number in range(count))
    admit(watchers, rooms)
    for poster, room in zip(posters, rooms, strict=True):
        admit([poster], [room])
    return {"cookies": sign_in(watchers), "posters": sign_in(posters), "slugs": [room.slug for room in rooms]}


PREPARE: dict[str, Any] = {"members": prepare_members, "pages": prepare_pages, "elsewhere": prepare_elsewhere}

if __name__ == "__main__":
    random.seed(0)
    call_command("migrate", verbosity=0)
    kind, *numbers = sys.argv[1:]
    print(json.dumps(PREPARE[kind](*map(int, numbers))))
