"""Mentions in browsers: badges that come and go live, the highlight, and the question before many are told."""

import re

from playwright.sync_api import expect

from a_rtchat.models import Membership
from conftest import make_user
from tests.browser.steps import DESK, badge, do, expect_live, message, say


def mentioned(page, room):
    return page.locator(f"#room-{room.pk} .mentioned")


def test_a_mention_shows_its_badge_live_and_goes_when_it_is_read_in_another_tab(open_page, alice, bob, lobby, studio):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    second = page.context.new_page()
    second.goto("/rooms/")
    his = open_page(bob, "/rooms/studio/")
    expect_live(page)
    expect_live(his)
    do(page, "/rooms/studio/notify/", notify="mentions")
    expect(page.locator(f"#room-{studio.pk}")).to_have_attribute("data-notify", "mentions")
    do(his, "/rooms/studio/messages/", body="just chatter")
    expect(badge(page, studio)).to_have_attribute("data-quiet", "")
    expect(page).to_have_title("Lobby · Backchat")
    do(his, "/rooms/studio/messages/", body="@alice, look")
    for tab in (page, second):
        expect(mentioned(tab, studio)).to_have_text("@1")
        expect(mentioned(tab, studio)).to_have_attribute("aria-label", "1 mention")
    expect(page).to_have_title("(1) Lobby · Backchat")
    second.reload()
    expect(mentioned(second, studio)).to_have_text("@1")
    second.locator(".room-list__mentions").click()
    expect(second.locator(".mentions__item")).to_have_count(1)
    second.get_by_role("link", name="Jump to message").click()
    expect(second).to_have_url(re.compile(r"/rooms/studio/#message-\d+$"))
    highlight = "getComputedStyle(document.querySelector('.mention')).backgroundColor"
    assert second.evaluate(highlight) != his.evaluate(highlight)
    for tab in (page, second):
        expect(mentioned(tab, studio)).to_have_count(0)
        expect(badge(tab, studio)).to_have_count(0)
    expect(page).to_have_title("Lobby · Backchat")


def test_an_edit_and_a_deletion_take_the_badge_back(open_page, alice, bob, lobby, studio):
    page, his = open_page(alice, "/rooms/lobby/", **DESK), open_page(bob, "/rooms/studio/")
    expect_live(page)
    for seq, (path, form) in enumerate((("edit", {"body": "@carol, look"}), ("delete", {})), 1):
        do(his, "/rooms/studio/messages/", body="@alice, look")
        expect(mentioned(page, studio)).to_have_text("@1")
        do(his, f"/rooms/studio/messages/{seq}/{path}/", **form)
        expect(mentioned(page, studio)).to_have_count(0)


def test_it_asks_before_many_are_told_and_loses_nothing(open_page, alice, lobby):
    Membership.objects.bulk_create(Membership(room=lobby, user=make_user(f"person{n}")) for n in range(20))
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    say(page, "@everyone: tea!")
    outbox = page.locator("#outbox")
    expect(outbox).to_contain_text("This notifies 22 people. Send it anyway?")
    outbox.get_by_role("button", name="Cancel").click()
    expect(page.locator("#composer textarea")).to_have_value("@everyone: tea!")
    expect(page.locator("#composer textarea")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(outbox).to_contain_text("This notifies 22 people.")
    page.reload()
    expect_live(page)
    outbox.get_by_role("button", name="Send anyway").click()
    expect(message(page, 0)).to_contain_text("@everyone: tea!")
    expect(outbox.locator(".message")).to_have_count(0)
    assert lobby.messages.get().mentions.count() == 22
