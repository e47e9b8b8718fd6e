"""Chatting in real browsers."""

import re

from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from a_rtchat.actions.rooms import change_room
from a_rtchat.models import Membership, Message
from a_users.models import User
from conftest import PASSWORD
from tests.browser.steps import DESK, PHONE, expect_live, fill, say, shown


def test_two_people_chat_and_see_the_same_after_a_reload(open_page, alice, bob, lobby):
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


def test_signing_up_creating_a_room_and_posting(open_page, server):
    page = open_page(None, "/")
    page.get_by_label("Username", exact=True).fill("dave")
    page.locator("form[action*=signup] [name=password1]").fill("a long enough secret")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Skip").click()
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
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_shift_enter_inserts_a_new_line(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    page.locator("#composer textarea").fill("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator("#messages .message__body")).to_have_text(re.compile(r"one\s*two"))
    assert Message.objects.get().body == "one\ntwo"


def test_a_rejected_message_shows_why_and_can_be_retried_or_discarded(open_page, alice, lobby):
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


def test_a_message_that_is_too_long_stays_in_the_composer(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    expect_live(page)
    say(page, "x" * 4003)
    expect(page.locator(".composer__left")).to_have_text("3 over the limit")
    expect(page.locator("#composer textarea")).to_have_value("x" * 4003)
    assert not Message.objects.exists()


def test_reading_and_posting_work_without_javascript(open_page, alice, lobby):
    fill(lobby, alice, 60)
    page = open_page(alice, "/rooms/lobby/", java_script_enabled=False)
    page.locator("#composer textarea").fill("no script")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message").last).to_contain_text("no script")
    page.get_by_role("link", name="Earlier messages").click()
    expect(page.locator(".message").first).to_contain_text("message 0")


def test_missed_messages_are_replayed(open_page, alice, bob, lobby):
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
    expect(page.locator("#members [data-user]")).not_to_have_count(0)  # asked for once the socket is open
    Membership.objects.filter(user=carol).delete()
    say(page, "am I in?")
    expect(page.locator("#connection")).to_have_text("You're no longer in this room")


def test_a_visitor_signs_in_and_returns_to_the_room(open_page, alice, lobby):
    User.objects.update(password=make_password(PASSWORD, hasher="argon2"))  # as the server process expects it
    page = open_page(None, "/rooms/lobby/")
    page.get_by_label("Username or email").fill("alice")
    page.locator("form[action*=login] [name=password]").fill("wrong password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Wrong username or password.")).to_be_visible()
    expect(page.get_by_label("Username or email")).to_have_value("alice")
    page.locator("form[action*=login] [name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/rooms/lobby/")
    expect_live(page)


def test_joining_a_room_shows_it_in_the_other_tabs_at_once(open_page, alice, mallory, lobby):
    page, visit = open_page(mallory, "/rooms/"), open_page(mallory, "/rooms/lobby/")
    expect(page.locator("#rooms li")).to_have_count(0)
    visit.get_by_role("button", name="Join", exact=True).click()
    expect_live(visit)
    expect(page.locator("#rooms")).to_contain_text("Lobby")


def test_previewing_an_open_room_does_not_join_it(open_page, alice, mallory, lobby):
    fill(lobby, alice, 3)
    page = open_page(mallory, "/rooms/lobby/")
    expect(page.locator("#messages .message")).to_have_count(3)
    expect(page.locator("#composer")).to_have_count(0)
    assert not Membership.objects.filter(user=mallory).exists()


def test_a_reconnected_tab_shows_the_new_room_name(open_page, server, watch, alice, lobby, studio):
    page, elsewhere = open_page(alice, "/rooms/lobby/"), open_page(alice, "/rooms/studio/")
    expect_live(page)
    watch.server_goes_down = True
    server.stop()
    change_room(lobby, name="Foyer & Café")
    server.start()
    expect(page.locator("#room-title")).to_have_text("Foyer & Café", timeout=20_000)
    expect(page).to_have_title("Foyer & Café · Backchat")
    expect(elsewhere.locator("#rooms")).to_contain_text("Foyer & Café", timeout=20_000)


def test_typing_is_shown_to_others_until_the_message_is_posted(open_page, alice, bob, lobby):
    hers, his = open_page(alice, "/rooms/lobby/"), open_page(bob, "/rooms/lobby/")
    expect_live(hers)
    expect_live(his)
    hers.locator("#composer textarea").press_sequentially("Hel")
    expect(his.locator("#typing")).to_have_text("alice is typing…")
    expect(hers.locator("#typing")).to_have_text("")
    say(hers, "Hello")
    expect(his.locator("#typing")).to_have_text("")
