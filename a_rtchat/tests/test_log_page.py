"""A room's log as moderators read it, and what leaves an entry in it."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.utils import timezone, translation
from django.utils.html import strip_tags

import a_rtchat
from a_rtchat.actions.log import record
from a_rtchat.commands import COMMANDS
from a_rtchat.log_sentences import SENTENCES, line_of
from a_rtchat.models import Membership
from a_rtchat.tests.test_room_settings import cost_of
from conftest import make_user

pytestmark = pytest.mark.django_db

APP = Path(a_rtchat.__file__).parent


def test_the_log_has_a_sentence_for_everything_that_is_recorded(signed_in, alice, bob, lobby):
    for verb in SENTENCES:
        record(lobby, alice, verb, bob, until=None, reason="<b>", kind="closed", is_announcement=True, slow_mode=30)
    page = signed_in(bob).get("/rooms/lobby/log/").content.decode()
    assert "&lt;b&gt;" in page and "<b>" not in page and "30 seconds" in page
    silent = {"post", "edit", "delete", "leave"}  # what leaves no entry of its own
    silent |= {"read", "unread", "notify", "favourite", "hide"}  # what concerns nobody else
    assert {name for name, command in COMMANDS.items() if command.actor is Membership} - silent <= SENTENCES.keys()
    code = "".join(path.read_text() for folder in ("actions", "admin") for path in (APP / folder).glob("*.py"))
    recorded = set(re.findall(r'(?:record\([^()]*?|verb=)"(\w+)"', code))
    assert {"accept", "admit", "destroy", "moderate", "report", "resolve"} <= recorded <= SENTENCES.keys()


SAID = [
    ("promote", {"role": "owner"}, "alice made bob an owner", "alice hat bob die Leitung gegeben"),
    ("demote", {}, "alice removed bob as a moderator", "alice hat bob aus der Moderation genommen"),
    ("ban", {"until": None, "reason": ""}, "alice banned bob|For good", "alice hat bob gesperrt|Für immer"),
    ("mute", {"until": None}, "alice muted bob|For good", "alice hat bob stummgeschaltet|Für immer"),
    ("unban", {}, "alice lifted bob's ban", "alice hat die Sperre von bob aufgehoben"),
    ("report", {"reason": "Spam"}, "alice reported a message by bob|Reason: Spam", None),
    ("resolve", {"seq": 3}, "alice closed the reports about a message by bob", None),
    ("answer", {"accepted": True}, "alice accepted bob's request to join", None),
    ("answer", {"accepted": False}, "alice declined bob's request to join", None),
    ("site_ban", {}, "alice banned bob from the whole site", "alice hat bob für die ganze Website gesperrt"),
    ("unarchive", {}, "alice unarchived the room", "alice hat den Raum wieder geöffnet"),
    ("invite", {"role": "member", "uses": None}, "alice invited bob|Role: Member|Can be used without limit", None),
]


@pytest.mark.parametrize(("verb", "detail", "english", "german"), SAID)
def test_an_entry_reads_as_a_sentence(alice, bob, lobby, verb, detail, english, german):
    entry = record(lobby, alice, verb, bob, **detail)
    assert said(entry) == english
    with translation.override("de"):
        assert said(entry) == german or german is None
        assert said(entry) != english


def said(entry):
    """Return the text of an entry."""
    line = line_of(entry)
    return unescape("|".join(strip_tags(text) for text in [line.sentence, *line.details]))


def test_an_invite_by_mail_and_an_ended_ban_say_so(alice, bob, lobby):
    assert said(record(lobby, alice, "invite", email="eve@example.org")) == (
        "alice invited someone by email|Email: eve@example.org"
    )
    assert said(record(lobby, None, "unban", bob)) == "bob's ban ended"
    assert said(record(lobby, alice, "invite", expires=None)) == "alice created an invite link|Never expires"


def test_the_log_is_paged_by_key_with_constant_queries(signed_in, alice, bob, lobby):
    client = signed_in(alice)
    record(lobby, alice, "ban", bob, until=timezone.now().isoformat(), reason="")
    few = cost_of(client, "/rooms/lobby/log/")
    for n in range(120):
        record(lobby, make_user(f"person-{n}"), "mute", bob)
    assert cost_of(client, "/rooms/lobby/log/") == few
    pages, before = [], ""
    while before is not None:
        context = client.get(f"/rooms/lobby/log/?before={before}").context
        pages.append(len(context["lines"]))
        before = context["more"]
    assert pages == [50, 50, 21]


def test_the_log_is_translated(signed_in, alice, bob, lobby):
    record(lobby, alice, "ban", bob)
    page = signed_in(alice).get("/rooms/lobby/log/", headers={"Accept-Language": "de"}).content.decode()
    assert "gesperrt" in page
