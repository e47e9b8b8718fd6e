"""English and German in the browser: the interface follows the reader's language, and long words fit."""

import pytest
from playwright.sync_api import expect

from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.models import Membership
from tests.browser.steps import DESK, PHONE, expect_live, say

TOO_WIDE = (
    "[...document.querySelectorAll('body *')].filter(e => !e.closest('svg, .visually-hidden') &&"
    " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className)"
)
PATHS: tuple[str, ...] = (
    "/rooms/lobby/",
    "/rooms/",
    "/rooms/new/",
    "/rooms/join/",
    "/rooms/lobby/messages/1/edit/",
    "/nowhere/",
)
PATHS += (
    "/profile/settings/",
    "/profile/edit/",
    "/@alice/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/email/",
)


def prefers(user, language):
    user.language = language
    user.save(update_fields=["language"])
    return user


def expect_words(page, edited, deleted, actions_label):
    """Wait for the marks of an edited and a deleted message, and the label of the menu button."""
    messages = page.locator("#messages .message")
    expect(messages.nth(0).locator(".message__edited")).to_have_text(edited)
    expect(messages.nth(1).locator(".message__body")).to_have_text(deleted)
    expect(messages.nth(0).locator(".message__more")).to_have_attribute("aria-label", actions_label)


def test_each_reader_sees_their_language_live_and_after_a_reload(open_page, alice, bob, lobby):
    german, english = open_page(prefers(alice, "de"), "/rooms/lobby/"), open_page(bob, "/rooms/lobby/")
    expect_live(german)
    expect_live(english)
    membership = Membership.objects.enter(alice, "lobby")
    for body in ("first", "second"):
        post_message(membership, body)
    expect(german.locator("#messages .message")).to_have_count(2)
    edit_message(membership, 1, "changed")
    delete_message(membership, 2)
    for _ in range(2):
        expect_words(german, "bearbeitet", "Diese Nachricht wurde gelöscht.", "Aktionen")
        expect_words(english, "edited", "This message was deleted.", "Actions")
        german.reload()
        english.reload()


def test_missed_changes_are_in_the_readers_language(open_page, alice, lobby):
    membership = Membership.objects.enter(alice, "lobby")
    post_message(membership, "first")
    page = open_page(prefers(alice, "de"), "/rooms/lobby/")
    expect_live(page)
    page.evaluate("document.getElementById('room').dataset.revision = 0")
    edit_message(membership, 1, "changed")
    expect(page.locator(".message__edited")).to_have_text("bearbeitet")


def test_without_a_choice_the_browsers_language_is_used(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", locale="de-AT")
    expect_live(page)
    expect(page.locator("#connection")).to_have_text("")  # it has words only while something is wrong
    say(page, "Hallo")
    expect(page.locator(".day")).to_have_text("Heute")
    page.locator("#composer textarea").fill("x" * 4_001)
    expect(page.locator(".composer__left")).to_have_text("1 zu viel")


def test_dates_and_times_follow_the_language_of_the_page(open_page, alice, bob, lobby):
    post_message(Membership.objects.enter(alice, "lobby"), "Hallo")
    german = open_page(prefers(alice, "de"), "/rooms/lobby/", locale="en-US")
    expect(german.locator(".day")).to_have_text("Heute")
    british = open_page(bob, "/rooms/lobby/", locale="en-GB")
    expect(british.locator(".day")).to_have_text("Today")
    assert "M" not in british.locator(".message time").inner_text()  # no AM or PM in British English


def test_a_rejected_message_shows_why_in_german(open_page, alice, lobby):
    page = open_page(prefers(alice, "de"), "/rooms/lobby/")
    expect_live(page)
    page.locator("#composer textarea").fill(">")
    page.keyboard.press("Enter")
    expect(page.locator(".outgoing__reason")).to_have_text("Schreib erst etwas.")
    expect(page.get_by_role("button", name="Verwerfen")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_long_words_fit(open_page, alice, lobby, size, watch):
    membership = Membership.objects.enter(alice, "lobby")
    post_message(membership, "Guten Tag")
    edit_message(membership, 1, "Guten Abend")
    page = open_page(prefers(alice, "de"), "/rooms/lobby/", **size)
    for path in PATHS:
        page.goto(path)
        assert (path, page.evaluate(TOO_WIDE)) == (path, [])
    watch.problems.clear()  # the browser reports the 404 as an error
