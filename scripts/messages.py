"""Bring locale/ up to date with the words that the code and the templates mark: `make messages`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BASE_DIR = Path(__file__).resolve().parent.parent
KEYWORDS = {**DEFAULT_KEYWORDS, **{f"{name}_lazy": spec for name, spec in DEFAULT_KEYWORDS.items()}}
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|%[ds]|\{\w*\}|</?\w+")


def sources() -> Iterator[Path]:
    """Yield every file that may mark words: the apps' code and the templates."""
    yield from (path for path in sorted(BASE_DIR.glob("a_*/**/*.py")) if not {"tests", "migrations"} & set(path.parts))
    yield from sorted(path for path in BASE_DIR.glob("templates/**/*") if path.suffix in (".html", ".txt"))


def code_of(path: Path) -> bytes:
    """Return a file as Python for the extractor; Django turns a template into the calls that it makes."""
    text = path.read_text()
    if path.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    return text.encode()


def extracted() -> Catalog:
    """Return what the sources mark, where it stands, without translations."""
    catalog = Catalog()
    for path in sources():
        place = str(path.relative_to(BASE_DIR))
        for _, words, comments, context in extract("python", BytesIO(code_of(path)), KEYWORDS, ["Translators:"]):
            catalog.add(words, None, [(place, 0)], auto_comments=comments, context=context)
    return catalog


def path_of(language: str) -> Path:
    """Return where a language's words are kept."""
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po"


def stored(language: str) -> Catalog:
    """Return a language's words as they are kept; none for a new language."""
    path = path_of(language)
    if not path.exists():
        return Catalog(language, project="Backchat", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return the .mo of a catalog."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def troubles(catalog: Catalog) -> list[str]:
    """Return what is wrong with a language's words: missing, fuzzy, not marked (any longer), other placeholders."""
    wanted = {key_of(message) for message in extracted() if message.id}
    kept = {key_of(message) for message in catalog if message.id}
    found = [f"not in the .po: {key}" for key in sorted(wanted - kept)]
    found += [f"marked nowhere: {key}" for key in sorted(kept - wanted)]
    return found + [f"{trouble}: {key_of(m)}" for m in catalog if m.id for trouble in troubles_of(m)]


def troubles_of(message: Message) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    ids, strings = forms_of(message.id), forms_of(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(strings):
        yield "missing"
    elif any(placeholders([string]) != placeholders(ids[-1:]) for string in strings):
        yield "other placeholders"


def placeholders(strings: Iterable[str]) -> list[str]:
    """Return what has to stand in a translation as in the original: placeholders and tags."""
    return sorted(found for string in strings for found in PLACEHOLDER.findall(string))


def forms_of(words: object) -> tuple[str, ...]:
    """Return singular and plural, or the one form that there is."""
    return tuple(words) if isinstance(words, tuple | list) else (str(words or ""),)


def key_of(message: Message) -> tuple[str, ...]:
    """Return what tells a message from others: its context and its forms."""
    return (message.context or "", *forms_of(message.id))


def update(language: str) -> list[str]:
    """Write a language's .po and .mo anew; return what is left to translate or to mend."""
    catalog, path = stored(language), path_of(language)
    template = extracted()
    template.creation_date = catalog.creation_date  # the file changes with its words alone
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compiled(stored(language)))
    return troubles(stored(language))


def languages() -> list[str]:
    """Return the languages that words are translated into."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


if __name__ == "__main__":
    left = {language: update(language) for language in languages()}
    lines = [f"{language}: {trouble}\n" for language in left for trouble in left[language]]
    sys.stdout.writelines(lines or ["All is translated.\n"])
    sys.exit(bool(lines))
