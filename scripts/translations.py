"""Update locale/ from the strings marked in code and templates: `make messages`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import extract as babel
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BASE_DIR = Path(__file__).resolve().parent.parent
KEYWORDS = {**babel.DEFAULT_KEYWORDS, **{f"{name}_lazy": spec for name, spec in babel.DEFAULT_KEYWORDS.items()}}
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|%[ds]|\{\w*\}|</?\w+")


def sources() -> Iterator[Path]:
    """Yield the files that may contain marked strings: the apps' code and the templates."""
    yield from (path for path in sorted(BASE_DIR.glob("a_*/**/*.py")) if not {"tests", "migrations"} & set(path.parts))
    yield from sorted(path for path in BASE_DIR.glob("templates/**/*") if path.suffix in (".html", ".txt"))


def as_python(path: Path) -> bytes:
    """Return a file as Python code for the extractor; Django converts templates to gettext calls."""
    text = path.read_text()
    if path.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()


def extract() -> Catalog:
    """Return an untranslated catalog of the marked strings and the files that use them."""
    catalog = Catalog()
    for path in sources():
        location = str(path.relative_to(BASE_DIR))
        found = babel.extract("python", BytesIO(as_python(path)), KEYWORDS, ["Translators:"])
        for _, strings, comments, context in found:
            catalog.add(strings, None, [(location, 0)], auto_comments=comments, context=context)
    return catalog


def po_path(language: str) -> Path:
    """Return the path of a language's .po file."""
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"


def load_catalog(language: str) -> Catalog:
    """Return a language's catalog, or an empty one for a new language."""
    path = po_path(language)
    if not path.exists():
        return Catalog(language, project="Backchat", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compile_mo(catalog: Catalog) -> bytes:
    """Return a catalog in the .mo format."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def problems(catalog: Catalog) -> list[str]:
    """Return what is wrong with a catalog: missing or obsolete strings, fuzzy or faulty translations."""
    expected = {message_key(message) for message in extract() if message.id}
    actual = {message_key(message) for message in catalog if message.id}
    found = [f"not in the .po file: {key}" for key in sorted(expected - actual)]
    found += [f"obsolete: {key}" for key in sorted(actual - expected)]
    return found + [f"{problem}: {message_key(m)}" for m in catalog if m.id for problem in message_problems(m)]


def message_problems(message: Message) -> Iterator[str]:
    """Yield what is wrong with a single translation."""
    ids, strings = forms(message.id), forms(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(strings):
        yield "untranslated"
    elif any(placeholders([string]) != placeholders(ids[-1:]) for string in strings):
        yield "different placeholders"


def placeholders(strings: Iterable[str]) -> list[str]:
    """Return the placeholders and tags, which a translation must contain as well."""
    return sorted(found for string in strings for found in PLACEHOLDER.findall(string))


def forms(strings: object) -> tuple[str, ...]:
    """Return the singular and plural forms, or the only form."""
    return tuple(strings) if isinstance(strings, tuple | list) else (str(strings or ""),)


def message_key(message: Message) -> tuple[str, ...]:
    """Return what identifies a message: its context and its forms."""
    return (message.context or "", *forms(message.id))


def update(language: str) -> list[str]:
    """Rewrite a language's .po and .mo files and return the remaining problems."""
    catalog, path = load_catalog(language), po_path(language)
    template = extract()
    template.creation_date = catalog.creation_date  # so that the file changes only with its strings
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compile_mo(load_catalog(language)))
    return problems(load_catalog(language))


def languages() -> list[str]:
    """Return the languages that Backchat is translated into."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


if __name__ == "__main__":
    remaining = {language: update(language) for language in languages()}
    lines = [f"{language}: {problem}\n" for language in remaining for problem in remaining[language]]
    sys.stdout.writelines(lines or ["All strings are translated.\n"])
    sys.exit(bool(lines))
