"""Group the messages of a page by author and day.

The server does this for a page, so that nothing moves after the first paint; static/js/grouping.js does it for messages
that arrive later, and where the reader's time zone isn't known yet.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import get_language

from a_rtchat.rendered import Article, Page
from a_rtchat.skeleton import Skeleton, cached, gaps
from a_users.timezones import zone_named

GROUP_FOR = 300  # seconds after the previous message of the same author


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the reader's time zone, which their browser tells in a cookie; UTC on the first visit."""
    return zone_named(request.COOKIES.get("tz", ""))


class Unread(NamedTuple):
    """The first message that a reader hasn't read, and the URL of the page of history around it."""

    seq: int
    reader: int
    url: str


def grouped(page: Page, zone: tzinfo, unread: Unread | None = None) -> list[str]:
    """Return the HTML of a page's messages and of the days between them, marked where one continues a group.

    A divider stands above what is unread.
    """
    before, midnight, parts = page.before, 0.0, list[str]()
    divided_at = _divided_at(page, unread) if unread else None
    if before is not None:
        midnight = end_of_day(before.created, zone)
    for _, seq, _, article in page:
        if seq == divided_at and unread:
            parts.append(_divider(get_language(), _is_older(unread, page)).fill_escaped(unread._asdict()))
            before = None
        if article.created >= midnight:
            midnight = end_of_day(article.created, zone)
            parts += _day(get_language(), datetime.fromtimestamp(article.created, zone).date()), article
        else:
            parts.append(_marked(article) if before is not None and continues(article, before) else article)
        before = article
    return parts


def _divided_at(page: Page, unread: Unread) -> int | None:
    """Return the seq below the divider: of the first unread message of someone else, or of the whole page.

    The link of a divider at the top leads to those that are older.
    """
    theirs = (seq for _, seq, _, article in page if seq >= unread.seq and article.author != unread.reader)
    first = next(theirs, None)
    return page[0].seq if first and _is_older(unread, page) else first


def _is_older(unread: Unread, page: Page) -> bool:
    return page.before is not None and page[0].seq > unread.seq


def continues(article: Article, before: Article) -> bool:
    """Return whether a message belongs to the group of the message before it."""
    return article.author == before.author and article.created - before.created <= GROUP_FOR


def end_of_day(moment: float, zone: tzinfo) -> float:
    """Return when the day of a moment ends in a time zone; both are Unix times."""
    today = datetime.fromtimestamp(moment, zone).date()
    return datetime.combine(today + timedelta(days=1), time(), zone).timestamp()


def _marked(html: str) -> str:
    start, _, rest = html.partition(">")  # of the article's own tag
    return f"{start} data-continues>{rest}"


@cached(maxsize=100)
def _divider(language: str, is_older: bool) -> Skeleton:
    return Skeleton("a_rtchat/_unread.html", gaps(Unread._fields) | {"is_older": is_older})


@lru_cache(maxsize=1_000)
def _day(language: str, day: date) -> str:
    return f'<h2 class="day">{escape(date_format(day))}</h2>'
