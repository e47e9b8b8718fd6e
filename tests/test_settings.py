"""Settings from the environment, tested with real processes."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from config.checks import count_workers
from tests.services import free_port

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {"DEBUG": "off", "SECRET_KEY": secrets.token_urlsafe(50), "HTTPS": "on", "REDIS_URL": ""}


def run(*command, **environ):
    """Run a Python command with production settings and return the completed process."""
    environment = {**os.environ, **PRODUCTION, **environ}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def uvicorn(*options, **environ):
    """Run the documented production command and return the completed process."""
    port = str(free_port())
    command = ("-m", "uvicorn", "config.asgi:application", "--lifespan", "off", "--port", port, *options)
    return run(*command, **environ)


@pytest.mark.parametrize("key", ["", "short", "a" * 60, "django-insecure-" + "abcdefgh" * 6])
def test_a_missing_or_weak_key_prevents_the_start_with_a_clear_error(key):
    for result in (run("manage.py", "check", SECRET_KEY=key), uvicorn(SECRET_KEY=key)):
        lines = result.stderr.strip().splitlines()
        assert result.returncode != 0
        assert "Backchat can't start: SECRET_KEY is missing or weak" in lines[-1]
        assert "Traceback" not in result.stderr


def test_development_needs_no_key():
    assert run("manage.py", "check", SECRET_KEY="", DEBUG="on").returncode == 0


def test_production_settings_pass_the_deployment_check():
    result = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (result.returncode, result.stdout) == (0, "System check identified no issues (0 silenced).\n"), result.stderr


@pytest.mark.parametrize("url", ["", "consolemail://"])
def test_production_without_a_mail_server_starts_and_says_so(url):
    result = run("manage.py", "check", "--deploy", EMAIL_URL=url)
    assert result.returncode == 0 and "EMAIL_URL isn't set to a mail server" in result.stderr
    show = "from django.conf import settings as s; import config.asgi; print(s.CAN_SEND_MAIL, s.EMAIL_BACKEND)"
    result = run("-c", show, EMAIL_URL=url, DJANGO_SETTINGS_MODULE="config.settings")
    assert result.stdout.strip() == "False django.core.mail.backends.dummy.EmailBackend"
    assert "EMAIL_URL isn't set to a mail server" in result.stderr


def test_development_prints_mails_to_the_console():
    show = "from django.conf import settings as s; print(s.CAN_SEND_MAIL, s.EMAIL_BACKEND)"
    result = run("-c", show, EMAIL_URL="", DEBUG="on", DJANGO_SETTINGS_MODULE="config.settings")
    assert result.stdout.strip() == "True django.core.mail.backends.console.EmailBackend"


def test_several_workers_without_redis_cannot_start():
    result = uvicorn("--workers", "2")
    assert "Backchat can't start: several workers need Redis" in result.stderr
    assert "startup complete" not in result.stderr and "Traceback" not in result.stderr
    assert "several workers need Redis" in run("manage.py", "check", WEB_CONCURRENCY="2").stderr


@pytest.mark.parametrize(
    ("argv", "environ", "workers"),
    [
        (["uvicorn", "config.asgi:application"], {}, 1),
        (["uvicorn", "--workers", "4"], {}, 4),
        (["uvicorn", "--workers=3"], {"WEB_CONCURRENCY": "9"}, 3),
        (["gunicorn", "-w", "2"], {}, 2),
        (["uvicorn"], {"WEB_CONCURRENCY": "5"}, 5),
        (["uvicorn", "--workers"], {"WEB_CONCURRENCY": "many"}, 1),
    ],
)
def test_workers_are_counted(argv, environ, workers):
    assert count_workers(argv, environ) == workers


def test_every_setting_is_documented():
    source = (ROOT / "config/settings.py").read_text()
    names = set(re.findall(r'env\.\w+\("(\w+)"', source))
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= names
    for document in (".env.example", "README.md"):
        missing = {name for name in names if name not in (ROOT / document).read_text()}
        assert not missing, f"{document} doesn't document {missing}"


def test_all_middleware_is_sync():
    """A single async one would make each page change threads."""
    for path in settings.MIDDLEWARE:
        middleware = import_string(path)
        assert getattr(middleware, "sync_capable", True), path


def test_no_migration_is_missing():
    assert run("manage.py", "makemigrations", "--check", "--dry-run").returncode == 0


def test_static_files_are_collected_under_hashed_names(tmp_path):
    script = (
        "import django; django.setup()\n"
        "from django.conf import settings; settings.STATIC_ROOT = %r\n"
        "from django.core.management import call_command; call_command('collectstatic', verbosity=0)\n"
        "from django.templatetags.static import static; print(static('js/main.js'))"
    )
    result = run("-c", script % str(tmp_path), DJANGO_SETTINGS_MODULE="config.settings")
    assert re.search(r"/static/js/main\.[0-9a-f]{12}\.js", result.stdout), result.stderr
    collected = next(tmp_path.glob("js/main.*.js")).read_text()
    assert "function composer(" in collected and "import" not in collected


def test_a_port_in_use_is_reported_before_anything_else():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(["scripts/run.sh", str(port)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert f"Port {port} is already in use" in result.stderr and f"make run PORT={port + 1}" in result.stderr
