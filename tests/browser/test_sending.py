"""Sending a message moves nothing, and the page says what waits and why."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import DESK, PHONE, expect_live, fill, say

# Records where the new message's text is, from the frame in which it is pending until it is stored.
RECORD = """() => {
  window.places = [];
  const look = () => {
    const prose = [...document.querySelectorAll("#messages .prose, #outbox .prose")].at(-1);
    if (prose?.textContent.startsWith("new")) {
      const { top, left, width, height } = prose.getBoundingClientRect();
      places.push([prose.closest("#outbox") !== null, top, left, width, height]);
    }
    requestAnimationFrame(look);
  };
  look();
  const { send } = WebSocket.prototype; // slow enough to be seen
  WebSocket.prototype.send = function (frame) { setTimeout(() => send.call(this, frame), 1_200); };
}"""


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("text", ["new", "new words " * 30, "new\nlines\n\nand a paragraph"])
def test_a_message_stays_where_it_was_written(open_page, alice, bob, lobby, size, text):
    fill(lobby, bob, 30)
    fill(lobby, alice, 1)
    page = open_page(alice, "/rooms/lobby/", **size)
    expect_live(page)
    page.evaluate(RECORD)
    say(page, text)
    expect(page.locator("#messages .message")).to_have_count(32)
    page.wait_for_timeout(100)
    places = page.evaluate("places")
    assert {pending for pending, *_ in places} == {True, False}
    assert {tuple(place) for _, *place in places} == {tuple(places[0][1:])}


def test_large_emoji_stay_where_they_were_written(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    page.evaluate(RECORD.replace('startsWith("new")', 'startsWith("👍")'))
    say(page, "👍🏽 👩‍👩‍👧")
    expect(page.locator("#messages .message")).to_have_count(1)
    page.wait_for_timeout(100)
    places = page.evaluate("places")
    assert {pending for pending, *_ in places} == {True, False}
    assert {tuple(place) for _, *place in places} == {tuple(places[0][1:])} and places[0][-1] > 40


def test_sending_is_mentioned_only_after_a_while_and_moves_nothing(open_page, alice, lobby):
    fill(lobby, alice, 1)
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.evaluate("WebSocket.prototype.send = () => {}")
    composer = "document.querySelector('.composer').getBoundingClientRect().top"
    before = page.evaluate(composer)
    say(page, "into nothing")
    expect(page.locator("#outbox .message")).to_have_count(1)
    assert page.locator("#sending").inner_text().strip() == ""
    expect(page.locator("#sending")).to_have_text("Sending…")
    say(page, "again")
    expect(page.locator("#sending")).to_have_text("Sending 2 messages…")
    assert page.evaluate(composer) == before
    assert page.locator("#outbox [role=status]").count() == 0
