"""Bundles: `collectstatic` joins the style sheets into one file, and the modules that main.js imports into another.

Development and tests use the plain files. What the joining can't carry over raises an error that names the file.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import PurePosixPath

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static

Read = Callable[[str], str]

STYLES = "css/backchat.css"
SCRIPT = "js/main.js"
FOLDER = settings.BASE_DIR / "static" / "css"

IMPORT = re.compile(r'^import (?:\{(?P<names>[^}]*)\} from )?"\./(?P<file>[\w-]+\.js)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*?|const|class) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*|.*\bimport(?:\(|\.meta).*", re.MULTILINE)
UNMOVABLE = re.compile(r"@import|@charset|url\((?![\"']?(?:data:|#|/))")

register = template.Library()


class BundleError(ValueError):
    """A file uses something that only works in a file of its own."""


@register.simple_tag
def style_sheets() -> list[str]:
    """Return the URLs of the style sheets: the bundle once it is collected, the plain files before."""
    return find_style_sheets() if settings.DEBUG else _found_style_sheets()


def find_style_sheets() -> list[str]:
    if STYLES in getattr(staticfiles_storage, "hashed_files", {}) and not settings.DEBUG:
        return [static(STYLES)]
    return [static(name) for name in in_order(f"css/{path.relative_to(FOLDER)}" for path in FOLDER.rglob("*.css"))]


_found_style_sheets = cache(find_style_sheets)  # development sees new files at once


def in_order(names: Iterable[str]) -> list[str]:
    """Return the names of style sheets: layers.css first, which sets the order of the layers, then by name."""
    return sorted(
        names, key=lambda name: (name != "css/layers.css", PurePosixPath(name).parent, PurePosixPath(name).stem)
    )


def join_styles(names: Iterable[str], read: Read) -> str:
    """Return one style sheet with the rules of all in static/css. Raises BundleError."""
    ours = (name for name in names if name.startswith("css/") and name.endswith(".css"))
    sheets = {name: read(name) for name in in_order(ours)}
    for name, sheet in sheets.items():
        if found := UNMOVABLE.search(sheet):
            raise BundleError(f"{name}: {found[0]} doesn't work in a bundle")
    return "\n".join(sheets.values())


def join_modules(entry: str, read: Read) -> str:
    """Return one script with a module and everything it imports, each in a function of its own. Raises BundleError."""
    folder, exports, parts = PurePosixPath(entry).parent, dict[str, set[str]](), list[str]()

    def add(file: str, importers: tuple[str, ...]) -> None:
        if file in importers:
            raise BundleError(f"{file} imports itself: {' -> '.join([*importers, file])}")
        if file in exports:
            return
        source = read(str(folder / file))
        for found in IMPORT.finditer(source):
            add(found["file"], (*importers, file))
        exports[file] = set(EXPORT.findall(source))
        parts.append(_wrapped(file, source, exports))

    add(PurePosixPath(entry).name, ())
    return "\n".join(parts)


def _wrapped(file: str, source: str, exports: dict[str, set[str]]) -> str:
    """Return a module as a constant that holds its exports."""

    def bind(found: re.Match[str]) -> str:
        names = [name.strip() for name in (found["names"] or "").split(",") if name.strip()]
        if missing := {name.split(" as ")[0] for name in names} - exports[found["file"]]:
            raise BundleError(f"{file}: {found['file']} doesn't export {missing}")
        return f"const {{ {', '.join(names).replace(' as ', ': ')} }} = {_constant(found['file'])};"

    body = EXPORT.sub("", IMPORT.sub(bind, source))
    if found := OTHER.search(body):
        raise BundleError(f"{file}: config/bundles.py doesn't know this import or export: {found[0]}")
    return f"const {_constant(file)} = (() => {{\n{body}\nreturn {{ {', '.join(sorted(exports[file]))} }};\n}})();"


def _constant(file: str) -> str:
    return "module_" + re.sub(r"\W", "_", file.removesuffix(".js"))
