"""Imports between apps go one way: a_home, a_rtchat -> a_users -> a_live."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MAY_IMPORT = {
    "a_live": set(),
    "a_users": {"a_live"},
    "a_rtchat": {"a_live", "a_users"},
    "a_home": {"a_live", "a_users"},
}


def app_modules(app: str) -> list[Path]:
    """Return an app's modules, except its tests."""
    return [path for path in (ROOT / app).rglob("*.py") if "tests" not in path.relative_to(ROOT).parts]


def imported_by(source: str) -> set[str]:
    """Return the top-level packages that a module imports, at any level."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_an_app_imports_only_the_apps_below_it(app):
    found = {path: imported_by(path.read_text()) & MAY_IMPORT.keys() - {app} for path in app_modules(app)}
    assert {str(path): apps for path, apps in found.items() if not apps <= MAY_IMPORT[app]} == {}
    assert len(found) >= 3


@pytest.mark.parametrize("app", ["a_live", "a_users"])
def test_an_app_uses_no_templates_of_the_apps_above_it(app):
    found = {path for path in app_modules(app) if '"a_rtchat/' in path.read_text()}
    assert found == set()


def test_every_kind_of_import_is_found():
    source = "import a_users.models\ndef f():\n    from a_rtchat import models\n    import a_live as b"
    assert imported_by(source) == {"a_users", "a_rtchat", "a_live"}
