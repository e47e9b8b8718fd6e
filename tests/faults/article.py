"""Parse messages from fragments and pages."""

from __future__ import annotations

import re
from typing import NamedTuple

HEAD = re.compile(
    r'id="message-(?P<pk>\d+)" data-seq="(?P<seq>\d+)" data-revision="(?P<revision>\d+)" '
    r'data-author="\d+" data-client-id="(?P<client_id>[^"]+)"'
)
PROSE = '<div class="prose" dir="auto">'


class Article(NamedTuple):
    """A message as shown or stored; `html` is empty if it was deleted."""

    seq: int
    pk: int
    revision: int
    client_id: str
    html: str


def articles_in(fragment: str) -> list[Article]:
    """Return the messages in a fragment."""
    return [read_article(part) for part in fragment.split('<article class="message" ')[1:]]


def read_article(text: str) -> Article:
    """Return the message in an article element."""
    head = HEAD.match(text)
    assert head, text[:300]
    html = text.partition(PROSE)[2].partition("</div>")[0]  # the sanitiser removes divs
    return Article(int(head["seq"]), int(head["pk"]), int(head["revision"]), head["client_id"], html)
