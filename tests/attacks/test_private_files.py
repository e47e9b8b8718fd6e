"""Other users of the machine, and old exports."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from a_live.sessions import SessionStore
from a_users import export
from a_users.housekeeping import Housekeeping, tidy
from a_users.models import DataExport
from a_users.models.data_export import KEEP_FOR
from config.private_files import PrivateConnection
from conftest import make_user
from tests.http_client import ask
from tests.server import serve
from tests.services import BASE_DIR, wait_until

DOWNLOAD = "/profile/settings/export/download/"


def permissions(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def media(settings, tmp_path) -> Path:
    """An upload folder that does not exist yet."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.django_db(transaction=True)
def test_exports_and_pictures_can_be_read_by_their_owner_only(alice, media):
    export.start_export(alice).result(timeout=10)
    alice.profile.avatar.save("alice.webp", ContentFile(b"a picture"))
    files = [path for path in media.rglob("*") if path.is_file()]
    assert len(files) == 2 and {permissions(path) for path in files} == {"0o600"}
    assert {permissions(path) for path in (media / "exports", media / "avatars")} == {"0o700"}


def test_a_new_database_can_be_read_by_its_owner_only(tmp_path):
    path = tmp_path / "db.sqlite3"
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "contenttypes"]
    subprocess.run(command, cwd=BASE_DIR, env=environ, check=True, timeout=60)
    assert permissions(path) == "0o600"


def test_an_existing_database_and_its_log_become_private(tmp_path):
    path = tmp_path / "db.sqlite3"
    public = sqlite3.connect(path)
    public.execute("PRAGMA journal_mode=WAL")
    public.execute("CREATE TABLE t (x)")
    parts = [path, tmp_path / "db.sqlite3-wal", tmp_path / "db.sqlite3-shm"]
    assert {permissions(part) for part in parts} == {"0o644"}
    private = sqlite3.connect(path, factory=PrivateConnection)
    private.execute("SELECT * FROM t")
    assert {permissions(part) for part in parts} == {"0o600"}
    public.close()
    private.close()


def expire(user) -> Path:
    """Make a user's export a day old and return its file."""
    export.start_export(user).result(timeout=10)
    DataExport.objects.filter(user=user).update(asked_at=timezone.now() - KEEP_FOR - timedelta(seconds=1))
    return Path(DataExport.objects.get(user=user).file.path)


@pytest.mark.django_db(transaction=True)
def test_an_expired_export_is_never_served(just_signed_in, alice, media):
    file = expire(alice)
    assert file.exists()
    client = just_signed_in(alice)
    assert client.get(DOWNLOAD).status_code == 404
    assert "Your data is ready" not in client.get("/profile/settings/export/").content.decode()


@pytest.mark.django_db(transaction=True)
async def test_expired_exports_and_files_without_one_are_swept(media):
    alice, bob = [await sync_to_async(make_user)(name) for name in ("alice", "bob")]
    expired = await sync_to_async(expire)(alice)
    await sync_to_async(lambda: export.start_export(bob).result(timeout=10))()
    for name, days in (("exports/lost.zip", 2), ("exports/new.zip", 0)):
        default_storage.save(name, ContentFile(b"data"))
        past = timezone.now().timestamp() - days * 24 * 3600
        os.utime(default_storage.path(name), (past, past))
    await tidy()
    kept = {path.name for path in expired.parent.iterdir()}
    assert expired.name not in kept and "lost.zip" not in kept and "new.zip" in kept and len(kept) == 2


@pytest.mark.django_db(transaction=True)
def test_a_running_server_sweeps_from_its_first_request_on(alice, media, tmp_path):
    expired = expire(alice)
    with serve(tmp_path / "log") as server:
        ask(server, "/healthz")
        wait_until(lambda: not expired.exists(), 10, "the sweep")
    assert not DataExport.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_expired_sessions_are_swept_and_others_stay(media):
    def start_session(days):
        session = SessionStore()
        session.set_expiry(timezone.now() + timedelta(days=days))
        session.create()

    for days in (-1, 1):
        await sync_to_async(start_session)(days)
    await tidy()
    assert [one.expire_date > timezone.now() async for one in Session.objects.all()] == [True]


async def test_housekeeping_starts_once(monkeypatch):
    started: list[object] = []

    def spawn(work):
        started.append(work)
        work.close()

    monkeypatch.setattr("a_users.housekeeping.spawn", spawn)

    async def application(scope, receive, send):
        started.append(scope["path"])

    app = Housekeeping(application)
    for path in ("/", "/rooms/"):
        await app({"path": path}, None, None)
    assert [one for one in started if isinstance(one, str)] == ["/", "/rooms/"] and len(started) == 4
