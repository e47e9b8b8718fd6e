"""Error reports, on pages (DEBUG) and in mails, without passwords.

Django hides settings by their names. Here every password of the configuration is hidden wherever it turns up, such as
in DATABASE_URL or in the local variables of a database driver.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

HIDDEN = "********"
IN_URL = re.compile(r"(?<=://)([^\s/@:'\"]*):([^\s/@]+)(?=@)")
SECRET_NAME = re.compile(r"(PASSWORD|SECRET|SECRET_KEY|TOKEN)$", re.IGNORECASE)
MIN_LENGTH = 4  # a shorter password would hide half of the page


class Reporter(ExceptionReporter):
    """Django's reporter, without the passwords of the configuration."""

    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return mark_safe(hide_passwords(super().get_traceback_html()))  # noqa: S308

    def get_traceback_text(self) -> SafeString:
        """Return the mail."""
        return mark_safe(hide_passwords(super().get_traceback_text()))  # noqa: S308


def hide_passwords(text: str) -> str:
    """Return a text without the passwords of the configuration, and without those of any URL."""
    text = IN_URL.sub(rf"\1:{HIDDEN}", text)
    for password in passwords():
        text = text.replace(password, HIDDEN)
    return text


@cache
def passwords() -> list[str]:
    """Return the passwords in the settings, plain and as pages and URLs show them, the longest first."""
    names = [name for name in dir(settings) if name.isupper()]
    found = {password for name in names for password in _within(name, getattr(settings, name))}
    plain = found | {unquote(password) for password in found}
    forms = {form for text in plain for form in (text, quote(text, ""), escape(text), repr(text)[1:-1])}
    return sorted((form for form in forms if len(form) >= MIN_LENGTH), key=len, reverse=True)


def _within(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (password for _, password in IN_URL.findall(value))
        if SECRET_NAME.search(name):
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _within(str(key), inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _within(name, inner)
