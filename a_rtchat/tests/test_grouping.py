"""Grouping the messages of a page by author and day."""

import re

import pytest

from a_rtchat.actions.messages import post_message
from a_rtchat.markdown import is_emoji
from a_rtchat.models import Membership, Message

pytestmark = pytest.mark.django_db


def say_at(user, *moments):
    """Post a message at each moment."""
    for moment in moments:
        message, _ = post_message(Membership.objects.enter(user, "lobby"), "hello")
        Message.objects.filter(pk=message.pk).update(created_at=f"{moment}Z")


def marks(client, path="/rooms/lobby/"):
    """Return what stands before each message: the day, "+" if it continues a group, or ""."""
    html = client.get(path, headers={"HX-Request": "true"}).content.decode()
    found = re.findall(r'(?:<h2 class="day">([^<]*)</h2>\s*)?<article class="message" id="message-\d+" ([^>]*)>', html)
    return [day or ("+" if "data-continues" in attributes else "") for day, attributes in found]


def test_an_author_goes_on_within_five_minutes(signed_in, alice, bob, lobby):
    say_at(alice, "2025-11-20T10:00:00", "2025-11-20T10:05:00", "2025-11-20T10:10:01")
    say_at(bob, "2025-11-20T10:10:02", "2025-11-20T10:10:03")
    assert marks(signed_in(alice)) == ["Nov. 20, 2025", "+", "", "", "+"]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("", ["Nov. 20, 2025", "+"]),
        ("Asia/Kolkata", ["Nov. 20, 2025", "Nov. 21, 2025"]),
        ("Mars/Olympus", ["Nov. 20, 2025", "+"]),
        ("../../etc/passwd", ["Nov. 20, 2025", "+"]),
        ("x" * 3_000, ["Nov. 20, 2025", "+"]),
    ],
)
def test_a_day_begins_in_the_readers_time_zone(signed_in, alice, lobby, zone, expected):
    say_at(alice, "2025-11-20T18:29:00", "2025-11-20T18:31:00")
    client = signed_in(alice)
    client.cookies["tz"] = zone
    assert marks(client) == expected


def test_a_page_knows_the_message_before_it(signed_in, alice, lobby, settings):
    say_at(alice, *["2025-11-20T10:00:00"] * (settings.CHAT_PAGE_SIZE + 1))
    assert marks(signed_in(alice)) == ["+"] * settings.CHAT_PAGE_SIZE
    assert marks(signed_in(alice), "/rooms/lobby/messages/?before=3") == ["Nov. 20, 2025", "+"]


def test_a_german_reader_gets_german_days(signed_in, alice, lobby):
    alice.language = "de"
    alice.save()
    say_at(alice, "2025-11-20T10:00:00")
    assert marks(signed_in(alice)) == ["20. November 2025"]


@pytest.mark.parametrize("body", ["👍", "👍🏽", "👩‍👩‍👧 🎉", "🇩🇪🇫🇷🇯🇵", "❤️", "☕", "1️⃣", " 🎉\n👏 "])
def test_one_to_three_emoji(body):
    assert is_emoji(body)


@pytest.mark.parametrize("body", ["", " ", "1", "ok", "👍 ok", "👍👍👍👍", "🇩", "→", "©", "👍" * 1_000])
def test_not_one_to_three_emoji(body):
    assert not is_emoji(body)
