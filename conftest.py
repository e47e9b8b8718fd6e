"""Fixtures for all tests: alice owns rooms, bob moderates, carol is a member, mallory is an outsider."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import django
import pytest

from tests import services  # first: sets the environment that the settings read

django.setup()

from asgiref.sync import SyncToAsync
from channels.layers import channel_layers
from django.core.cache import cache
from django.db import connections
from django.test import Client, TransactionTestCase

from a_live import budget, orm
from a_rtchat import rendered
from a_rtchat.commands import COMMANDS
from a_rtchat.models import Membership, Room
from a_users import middleware
from a_users.limits import reset_limits
from a_users.models import User
from a_users.page_cache import clear_pages
from tests import database

PASSWORD = "correct horse battery"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report missing services and how to install them."""
    for service, package in services.PACKAGES.items():
        if services.find_program(service) is None:
            terminalreporter.write_line(
                f"{service} is missing. To run its tests: apt-get install {package}", yellow=True
            )


def pytest_unconfigure() -> None:
    """Stop the services of the whole run."""
    services.stop()


@pytest.fixture(scope="session")
def redis() -> Iterator[services.Redis]:
    """A Redis shared by the session; a test that stops it must restart it."""
    server = services.Redis()
    yield server
    server.kill()


@pytest.fixture(scope="session", autouse=True)
def require_postgres() -> None:
    """Skip the PostgreSQL run without PostgreSQL, or fail it in CI."""
    if services.ON_POSTGRES:
        services.require("PostgreSQL")


@pytest.fixture(scope="session", autouse=True)
def empty_tables_quickly(django_db_setup) -> Iterator[None]:
    """Empty the tables after each test that commits in our own way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", database.empty_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def close_thread_connections(django_db_setup) -> Iterator[None]:
    """Close the connections of async tests, so that PostgreSQL can drop the test database.

    In production, connections close after each use; Channels' test communicators prevent that.
    """
    yield
    for executor in (SyncToAsync.single_thread_executor, orm.threads):
        close_in_each_thread(executor)


def close_in_each_thread(executor: ThreadPoolExecutor) -> None:
    """Close the connections of every thread in a pool; the barrier gives each thread one task."""
    barrier = Barrier(len(executor._threads) or 1)

    def close() -> None:
        barrier.wait(timeout=10)
        connections.close_all()

    for task in [executor.submit(close) for _ in executor._threads]:
        task.result()


@pytest.fixture(autouse=True)
def clean_slate(settings):
    """Start with an empty cache and channel layer, no cached pages, and a fast password hasher."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    cache.clear()
    rendered.messages.clear()  # primary keys repeat in each test
    clear_pages()
    reset_limits()
    middleware._checked.clear()
    budget.work.clear()
    for command in COMMANDS.values():
        if command.pace is not None:
            command.pace.bucket.clear()
    channel_layers.backends = {}


def make_user(username: str) -> User:
    """Create a user with the test password."""
    return User.objects.create_user(username, password=PASSWORD)


def make_room(slug: str, kind: str, **roles: User) -> Room:
    """Create a room with members, given as role=user."""
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
    """An open room with alice, bob and carol."""
    return make_room("lobby", Room.Kind.OPEN, owner=alice, moderator=bob, member=carol)


@pytest.fixture
def studio(alice, bob, carol) -> Room:
    """A closed room with alice, bob and carol."""
    return make_room("studio", Room.Kind.CLOSED, owner=alice, moderator=bob, member=carol)


@pytest.fixture
def membership(alice, lobby) -> Membership:
    """alice's membership of the lobby."""
    return Membership.objects.enter(alice, lobby.slug)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A function that returns a client signed in as a user."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def just_signed_in() -> Callable[[User], Client]:
    """A function that returns a client that has just entered the user's password, as sensitive pages require."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client

    return sign_in
