"""The list of rooms: badges, title, reading, keys."""

import random

from playwright.sync_api import expect

from a_live import events
from a_rtchat.actions.reading import mark_all_read, mark_read, mark_unread
from a_rtchat.models import Membership
from conftest import make_room
from tests.browser.steps import DESK, badge, do, expect_live, fill, read_seq


def test_news_count_in_badge_title_and_icon_until_they_are_read(open_page, alice, bob, lobby, studio):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    second = page.context.new_page()
    second.goto("/rooms/")
    his = open_page(bob, "/rooms/studio/")
    expect_live(page)
    expect_live(his)
    expect(page).to_have_title("Lobby · Backchat")
    for n in range(2):
        do(his, "/rooms/studio/messages/", body=f"news {n}")
    for tab in (page, second):
        expect(badge(tab, studio)).to_have_text("2")
        expect(tab.locator("#icon")).to_have_attribute("href", "/static/icons/backchat-unread.svg")
    expect(page).to_have_title("(2) Lobby · Backchat")
    expect(page.locator("#rooms-rooms li").first).to_have_id(f"room-{studio.pk}")
    page.locator(f"#to-room-{studio.pk}").click()
    expect(page.locator("#unread")).to_be_visible()
    for tab in (page, second):
        expect(badge(tab, studio)).to_have_count(0)
        expect(tab.locator("#icon")).to_have_attribute("href", "/static/icons/backchat.svg")
    expect(second).to_have_title("Rooms · Backchat")
    assert read_seq(alice, studio) == 2


def test_a_quiet_room_shows_a_dot_and_does_not_count(open_page, alice, bob, lobby, studio):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    his = open_page(bob, "/rooms/studio/")
    expect_live(page)
    expect_live(his)
    do(page, "/rooms/studio/notify/", notify="nothing")
    expect(page.locator(f"#room-{studio.pk}")).to_have_attribute("data-notify", "nothing")
    do(his, "/rooms/studio/messages/", body="news")
    expect(badge(page, studio)).to_have_attribute("data-quiet", "")
    expect(badge(page, studio)).to_have_text("")
    expect(page).to_have_title("Lobby · Backchat")


def test_rooms_come_go_and_move_between_sections(open_page, alice, bob, lobby):
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    make_room("den", "open", owner=bob)
    do(page, "/rooms/den/join/")
    expect(page.locator("#rooms-rooms")).to_contain_text("Den")
    do(page, "/rooms/den/favourite/", on="1")
    expect(page.locator("#rooms-favourites")).to_contain_text("Den")
    expect(page.locator("#rooms-rooms")).not_to_contain_text("Den")
    do(page, "/rooms/den/leave/")
    expect(page.locator("#rooms")).not_to_contain_text("Den")


def test_the_list_agrees_with_the_database_after_signals_in_any_order(open_page, monkeypatch, alice, bob, lobby):
    fill(lobby, bob, 9)
    page = open_page(alice, "/rooms/", **DESK)
    dice, fragments = random.Random(10), []
    monkeypatch.setattr(events, "publish_state", lambda users, html: fragments.append(html))
    membership = Membership.objects.enter(alice, "lobby")
    for _ in range(20):
        for _ in range(6):
            move = dice.choice([mark_read, mark_unread])
            move(membership, dice.randint(1, 9))
        dice.choice([lambda: None, lambda: mark_all_read(alice)])()
        dice.shuffle(fragments)
        page.evaluate("all => all.forEach(one => htmx.swap('#signals', one, {swapStyle: 'none'}))", fragments)
        fragments.clear()
        seq = read_seq(alice, lobby)
        expect(page.locator(f"#room-{lobby.pk}")).to_have_attribute("data-read-seq", str(seq))
        expect(badge(page, lobby)).to_have_text(str(9 - seq)) if seq < 9 else expect(badge(page, lobby)).to_have_count(
            0
        )
