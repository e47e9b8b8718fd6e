"""The list of rooms: badges, title, reading, keys."""

import random
import re

from playwright.sync_api import expect

from a_live import events
from a_rtchat.actions.reading import mark_all_read, mark_read, mark_unread
from a_rtchat.models import Membership
from conftest import make_room
from tests.browser.steps import DESK, act, expect_live, fill, message, say

DO = """([path, form]) => fetch(path, {
  method: "POST",
  headers: {"HX-Request": "true"},
  body: new URLSearchParams({...form, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value}),
}).then(response => response.ok)"""


def do(page, path, **form):
    """Post a form as a page's user: the server tells its open pages."""
    assert page.evaluate(DO, [path, form])


def badge(page, room):
    return page.locator(f"#room-{room.pk} .badge")


def read_seq(user, room):
    return Membership.objects.values_list("last_read_seq", flat=True).get(user=user, room=room)


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


def test_the_room_opens_at_the_divider_which_goes_without_a_jump(open_page, alice, bob, lobby):
    fill(lobby, bob, 45)
    Membership.objects.filter(user=alice).update(last_read_seq=15)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    expect(page.locator("#unread")).to_be_in_viewport()
    expect(message(page, 15)).to_be_in_viewport(ratio=1)  # the first unread, and what came before
    expect(message(page, 14)).to_be_in_viewport(ratio=1)
    expect(message(page, 44)).not_to_be_in_viewport()
    page.wait_for_timeout(1_500)
    assert 15 < read_seq(alice, lobby) < 45  # what was on the screen, not more
    page.locator(".timeline").evaluate("timeline => (timeline.scrollTop = 0)")
    expect(badge(page, lobby)).to_have_count(0)
    page.wait_for_timeout(1_500)
    assert read_seq(alice, lobby) == 45
    top = "document.querySelector('[data-seq=\"40\"]').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#unread")).to_have_count(0)
    page.wait_for_timeout(100)
    assert page.evaluate(top) == before


def test_marking_unread_pauses_reading_on_every_tab_until_a_post(open_page, alice, bob, lobby):
    fill(lobby, bob, 6)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    second = page.context.new_page()
    second.goto("/rooms/lobby/")
    for tab in (page, second):
        expect_live(tab)
        expect(badge(tab, lobby)).to_have_count(0)
    his = open_page(bob, "/rooms/lobby/")
    page.wait_for_timeout(1_200)
    act(page, message(page, 3), "Mark unread from here")
    for tab in (page, second):
        expect(badge(tab, lobby)).to_have_text("3")
    do(his, "/rooms/lobby/messages/", body="one more")
    expect(badge(page, lobby)).to_have_text("4")
    page.wait_for_timeout(1_500)
    assert read_seq(alice, lobby) == 3
    say(page, "an answer")
    expect(badge(second, lobby)).to_have_count(0)


def test_arrow_keys_walk_the_list_and_alt_arrows_open_what_is_unread(open_page, alice, bob, lobby, studio):
    for name in ("attic", "den", "cellar"):
        make_room(name, "closed", owner=alice, moderator=bob)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    fill(studio, bob, 1)
    page.reload()
    expect(badge(page, studio)).to_have_text("1")
    page.locator("#to-room-" + str(lobby.pk)).focus()
    names = page.locator("#rooms-rooms .room-list__name").all_inner_texts()
    place = names.index("Lobby")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.innerText.trim()").startswith(names[place - 1])
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.className") == "room-list__options"
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Add to favorites")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rooms-favourites")).to_contain_text(names[place - 1])
    page.locator("#composer textarea").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page).to_have_url(re.compile("/rooms/studio/$"))


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
