"""A server with the files that collectstatic has collected, as in production."""

import os
import subprocess
import sys
from pathlib import Path

from tests.server import Server
from tests.services import BASE_DIR

COLLECT = (
    "import config.settings as settings; settings.STATIC_ROOT = {root!r}\n"
    "import django; django.setup()\n"
    "from django.core.management import call_command; call_command('collectstatic', verbosity=0)\n"
)
SERVE = "import config.settings as settings\nsettings.STATIC_ROOT = {root!r}\nfrom config.asgi import application\n"


class Collected(Server):
    """uvicorn with collected files; its PYTHONPATH must contain the folder."""

    program = ("uvicorn", "collected_app:application", "--lifespan", "off")


def collect(folder: Path) -> Path:
    """Collect the static files into a folder, with a module that serves them, and return the folder."""
    root = str(folder / "static")
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", COLLECT.format(root=root)], cwd=BASE_DIR, env=environ, check=True)
    (folder / "collected_app.py").write_text(SERVE.format(root=root))
    return folder
