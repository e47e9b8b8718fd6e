"""The cast of every test: alice owns, bob moderates, carol is a member, mallory is a stranger."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django
import pytest

from tests import services  # first: chooses the environment that the settings are read from

django.setup()

from asgiref.sync import SyncToAsync
from channels.layers import channel_layers
from django.core.cache import cache
from django.db import connections
from django.test import Client

from a_live import orm
from a_rtchat import rendered
from a_rtchat.models import Membership, Room
from a_users import middleware
from a_users.kept_page import forget_pages
from a_users.models import User

PASSWORD = "correct horse battery"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which services were missing, and how to get them."""
    for service, package in services.PACKAGES.items():
        if services.find_program(service) is None:
            terminalreporter.write_line(f"{service} is missing; its tests need: apt-get install {package}", yellow=True)


def pytest_unconfigure() -> None:
    """Stop what was started for the whole run."""
    services.stop()


@pytest.fixture(scope="session")
def redis() -> Iterator[services.Redis]:
    """A real Redis for the session; a test that breaks it mends it."""
    server = services.Redis()
    yield server
    server.kill()


@pytest.fixture(scope="session", autouse=True)
def postgres_in_its_round() -> None:
    """Skip the PostgreSQL round, or fail it in CI, where there is no PostgreSQL."""
    if services.ON_POSTGRES:
        services.require("PostgreSQL")


@pytest.fixture(scope="session", autouse=True)
def close_the_connections_of_threads(django_db_setup) -> Iterator[None]:
    """Close what async tests left open, so that PostgreSQL lets the test database go.

    Channels' communicators keep connections from being closed after each use, as production would do.
    """
    yield
    for executor in (SyncToAsync.single_thread_executor, orm.threads):
        close_in_each_thread(executor)


def close_in_each_thread(executor: ThreadPoolExecutor) -> None:
    """Close the connections of each of a pool's threads; the barrier gives each of them one task."""
    together = Barrier(len(executor._threads) or 1)

    def close() -> None:
        together.wait(timeout=10)
        connections.close_all()

    for task in [executor.submit(close) for _ in executor._threads]:
        task.result()


@pytest.fixture(autouse=True)
def clean_slate(settings):
    """Begin with an empty cache and channel layer, no kept pages, and passwords that are quick to check."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    cache.clear()
    rendered.messages.clear()  # the keys of rows return with each test's database
    forget_pages()
    middleware._asked.clear()
    channel_layers.backends = {}


def make_user(username: str) -> User:
    """Return a new user with the tests' password."""
    return User.objects.create_user(username, password=PASSWORD)


def make_room(slug: str, kind: str, **roles: User) -> Room:
    """Return a new room with its people, given as role=user."""
    room = Room.objects.create(slug=slug, name=slug.title(), kind=kind)
    Membership.objects.bulk_create(Membership(room=room, user=user, role=role) for role, user in roles.items())
    return room


@pytest.fixture
def alice(db) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db) -> User:
    return make_user("bob")


@pytest.fixture
def carol(db) -> User:
    return make_user("carol")


@pytest.fixture
def mallory(db) -> User:
    return make_user("mallory")


@pytest.fixture
def lobby(alice, bob, carol) -> Room:
    """An open room of the three."""
    return make_room("lobby", Room.Kind.OPEN, owner=alice, moderator=bob, member=carol)


@pytest.fixture
def studio(alice, bob, carol) -> Room:
    """A closed room of the three."""
    return make_room("studio", Room.Kind.CLOSED, owner=alice, moderator=bob, member=carol)


@pytest.fixture
def membership(alice, lobby) -> Membership:
    """alice in the lobby."""
    return Membership.objects.enter(alice, lobby.slug)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A function that returns a browser of a user."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def just_in() -> Callable[[User], Client]:
    """A function that returns a browser of a user who has just entered their password, as dangerous pages want it."""

    def log_in(user: User) -> Client:
        client = Client()
        client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client

    return log_in
