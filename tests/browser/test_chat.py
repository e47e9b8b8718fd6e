"""People talk in real browsers."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message, Room
from a_users.models import User
from conftest import PASSWORD

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
DESK = {"viewport": {"width": 1440, "height": 900}}


def say(page: Page, text: str) -> None:
    """Type a text into the composer and send it with Enter."""
    page.locator("#composer textarea").fill(text)
    page.keyboard.press("Enter")


def shown(page: Page) -> list[tuple[str, str]]:
    """Return (seq, text) of each message that the page shows, in order."""
    script = "list => list.map(m => [m.dataset.seq, m.querySelector('.message__body').innerText])"
    return page.locator("#messages .message").evaluate_all(script)


def expect_live(page: Page) -> None:
    """Wait until the page's socket is open."""
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def fill(room, user, count: int) -> None:
    """Let a user say many things."""
    membership = Membership.objects.enter(user, room.slug)
    for n in range(count):
        post_message(membership, f"message {n}")


def test_two_people_chat_one_reloads_and_both_see_the_same(open_page, alice, bob, lobby):
    hers, his = open_page(alice, "/rooms/lobby/", **DESK), open_page(bob, "/rooms/lobby/", **PHONE)
    for page in (hers, his):
        expect_live(page)
    say(hers, "Hello Bob")
    expect(his.locator(".message")).to_have_count(1)
    say(his, "Hello Alice! <b>not bold</b> 👋")
    expect(hers.locator(".message")).to_have_count(2)
    his.reload()
    expect_live(his)
    say(hers, "still there?")
    expect(his.locator(".message")).to_have_count(3)
    expect(hers.locator(".message")).to_have_count(3)
    assert shown(hers) == shown(his)
    assert [text for _, text in shown(hers)] == ["Hello Bob", "Hello Alice! <b>not bold</b> 👋", "still there?"]


def test_signing_up_making_a_room_and_talking(open_page, server):
    page = open_page(None, "/")
    page.get_by_label("Username", exact=True).fill("dave")
    page.locator("form[action*=signup] [name=password1]").fill("a long enough secret")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/rooms/")
    page.get_by_role("link", name="New room").first.click()
    page.get_by_label("Name").fill("Tea & Biscuits")
    page.get_by_role("button", name="Create room").click()
    page.wait_for_url(re.compile(r"/rooms/tea-biscuits-....\/$"))
    expect_live(page)
    say(page, "First!")
    expect(page.locator(".message__body")).to_have_text("First!")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{server.origin}/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_shift_enter_breaks_the_line(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.locator("#composer textarea").fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator("#messages .message__body")).to_have_text(re.compile(r"one\s*two"))
    assert Message.objects.get().body == "one\ntwo"


def test_a_refused_message_says_why_and_can_be_tried_again_or_discarded(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    say(page, "\u2800")
    refused = page.locator("#outbox .message")
    expect(refused).to_contain_text("Write something first.")
    refused.get_by_role("button", name="Try again").click()
    expect(refused).to_contain_text("Write something first.")
    refused.get_by_role("button", name="Discard").click()
    expect(refused).to_have_count(0)
    assert not Message.objects.exists()


def test_a_text_that_is_too_long_stays_and_is_counted(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    say(page, "x" * 4003)
    expect(page.locator(".composer__left")).to_have_text("3 too many")
    expect(page.locator("#composer textarea")).to_have_value("x" * 4003)
    assert not Message.objects.exists()


def test_without_javascript_one_reads_and_posts(open_page, alice, lobby):
    fill(lobby, alice, 60)
    page = open_page(alice, "/rooms/lobby/", java_script_enabled=False)
    page.locator("#composer textarea").fill("no script")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message").last).to_contain_text("no script")
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.locator(".message").first).to_contain_text("message 0")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_newest_is_in_view_the_composer_in_reach_and_nothing_overflows(open_page, alice, lobby, size, scheme):
    Room.objects.update(name="Product & design — weekly planning for the autumn release")
    fill(lobby, alice, 60)
    post_message(Membership.objects.enter(alice, "lobby"), "averyvery" * 40 + " https://example.com/" + "path/" * 60)
    page = open_page(alice, "/rooms/lobby/", color_scheme=scheme, **size)
    expect_live(page)
    expect(page.locator(".message").last).to_be_in_viewport()
    expect(page.locator("#composer textarea")).to_be_in_viewport()
    parts = ".app__main, .header, .header > *, .timeline, .message, .message__body, .prose, .composer__row"
    too_wide = f"[...document.querySelectorAll('{parts}')].filter(e => e.getBoundingClientRect().right > innerWidth)"
    assert page.evaluate(f"{too_wide}.map(e => e.className)") == []


def test_earlier_messages_come_when_one_scrolls_up(open_page, alice, lobby):
    fill(lobby, alice, 120)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    expect(page.locator(".message")).to_have_count(50)
    for count in (100, 120):
        page.locator(".earlier").scroll_into_view_if_needed()
        expect(page.locator(".message")).to_have_count(count)
    assert [int(seq) for seq, _ in shown(page)] == list(range(1, 121))
    expect(page.locator(".earlier")).to_have_count(0)


def test_someone_reading_the_past_is_not_moved_and_is_told(open_page, alice, bob, lobby):
    fill(lobby, alice, 60)
    hers, his = open_page(alice, "/rooms/lobby/", **DESK), open_page(bob, "/rooms/lobby/", **DESK)
    expect_live(hers)
    expect_live(his)
    hers.mouse.move(800, 400)
    hers.mouse.wheel(0, -900)
    hers.wait_for_timeout(300)
    place = "document.querySelector('[data-seq=\"35\"]').getBoundingClientRect().top"
    before = hers.evaluate(place)
    say(his, "news")
    expect(hers.get_by_role("button", name="New messages")).to_be_visible()
    assert abs(hers.evaluate(place) - before) < 2
    hers.get_by_role("button", name="New messages").click()
    expect(hers.get_by_text("news", exact=True)).to_be_in_viewport()


def test_messages_are_grouped_by_author_and_minute_and_by_day(open_page, alice, bob, lobby):
    fill(lobby, alice, 3)
    fill(lobby, bob, 1)
    Message.objects.filter(seq=1).update(created_at="2020-05-01T10:00:00Z")
    Message.objects.filter(seq__gt=1).update(created_at="2026-11-20T10:00:30Z")
    page = open_page(alice, "/rooms/lobby/", timezone_id="America/New_York")
    marks = page.locator(".message").evaluate_all(
        "list => list.map(m => ['day' in m.dataset, 'continues' in m.dataset])"
    )
    assert marks == [[True, False], [True, False], [False, True], [False, False]]
    expect(page.locator(".message").first).to_have_attribute("data-day", "May 1, 2020")
    expect(page.locator("time").nth(1)).to_have_text("5:00 AM")


def test_mine_is_shown_as_mine_to_me_only(open_page, alice, bob, lobby):
    fill(lobby, alice, 1)
    side = "getComputedStyle(document.querySelector('.message__body')).justifySelf"
    assert open_page(alice, "/rooms/lobby/").evaluate(side) == "end"
    assert open_page(bob, "/rooms/lobby/").evaluate(side) == "start"


def test_what_was_missed_while_away_is_replayed(open_page, alice, bob, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    say(page, "before")
    expect(page.locator(".message")).to_have_count(1)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    fill(lobby, bob, 5)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator(".message")).to_have_count(6)
    assert [int(seq) for seq, _ in shown(page)] == [1, 2, 3, 4, 5, 6]


def test_a_removed_member_is_told_and_not_reconnected(open_page, carol, studio):
    page = open_page(carol, "/rooms/studio/")
    expect_live(page)
    Membership.objects.filter(user=carol).delete()
    say(page, "am I in?")
    expect(page.locator("#connection")).to_have_text("You are no longer in this room")


def test_a_stranger_is_led_to_the_entry_page_and_back(open_page, alice, lobby):
    User.objects.update(password=make_password(PASSWORD, hasher="argon2"))  # as the server expects it
    page = open_page(None, "/rooms/lobby/")
    page.get_by_label("Username or email").fill("alice")
    page.locator("form[action*=login] [name=password]").fill("wrong password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("not correct")).to_be_visible()
    expect(page.get_by_label("Username or email")).to_have_value("alice")
    page.locator("form[action*=login] [name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/rooms/lobby/")
    expect_live(page)


def test_a_room_one_is_let_into_appears_in_the_open_list(open_page, alice, mallory, lobby, studio):
    page = open_page(mallory, "/rooms/")
    expect(page.locator("#rooms li")).to_have_count(0)
    Membership.objects.create(room=studio, user=mallory)
    expect(page.locator("#rooms")).to_contain_text("Studio", timeout=15_000)
