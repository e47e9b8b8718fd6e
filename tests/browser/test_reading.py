"""Reading: the divider above what is new, the way to it, and marking as unread."""

import re

from playwright.sync_api import expect

from a_rtchat.models import Membership
from tests.browser.steps import DESK, act, badge, do, expect_live, fill, message, read_seq, say


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


def test_jump_to_first_unread_leads_to_the_divider_which_stays_while_one_reads(open_page, alice, bob, lobby):
    fill(lobby, bob, 130)
    Membership.objects.filter(user=alice).update(last_read_seq=20)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    jump = page.get_by_role("link", name="Jump to first unread")
    for _ in range(3):
        expect(jump).to_be_in_viewport(ratio=1)  # also when earlier messages have been loaded above
        page.locator(".timeline").evaluate("timeline => timeline.scrollBy(0, 300)")
    jump.click()
    expect(page).to_have_url(re.compile(r"/messages/\?before=\d+&unread=21#unread$"))
    divider, first = page.locator("#unread"), page.locator('#messages [data-seq="21"]')
    expect(divider).to_be_in_viewport()
    expect(divider).to_have_text("New")
    expect(first).to_be_in_viewport(ratio=1)
    expect(page.locator('#messages [data-seq="20"]')).to_be_in_viewport(ratio=1)  # what came before
    for _ in range(5):
        page.locator(".timeline").evaluate("timeline => timeline.scrollBy(0, 200)")
        page.wait_for_timeout(50)
    expect(jump).to_have_count(0)
    assert first.evaluate("first => first.previousElementSibling.id") == "unread"
    page.get_by_role("link", name="Jump to latest").click()
    expect_live(page)
    page.keyboard.press("End")
    expect(badge(page, lobby)).to_have_count(0)
    page.wait_for_timeout(1_200)
    assert read_seq(alice, lobby) == 130
    expect(divider).to_have_count(1)  # until one comes back to the tab


def test_opening_a_room_with_much_unread_marks_nothing_read_that_was_not_on_the_screen(open_page, alice, bob, lobby):
    fill(lobby, bob, 81)
    Membership.objects.filter(user=alice).update(last_read_seq=0)
    page = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(page)
    jump, first = page.get_by_role("link", name="Jump to first unread"), page.locator('#messages [data-seq="1"]')
    expect(page.locator('#messages [data-seq="81"]')).to_be_in_viewport()
    page.wait_for_timeout(1_500)
    assert read_seq(alice, lobby) == 0
    page.locator(".timeline").hover()
    while first.count() == 0:
        page.mouse.wheel(0, -2_000)
        page.wait_for_timeout(100)
    page.keyboard.press("End")
    page.locator(".timeline").evaluate("timeline => (timeline.scrollTop = 0)")
    expect(jump).to_be_in_viewport(ratio=1)  # although it has been loaded
    jump.click()
    expect(first).to_be_in_viewport()
    expect(jump).to_have_count(0)


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
