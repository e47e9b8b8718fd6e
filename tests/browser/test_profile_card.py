"""A name in a message opens a card with the person's profile, without leaving the room."""

import re

from playwright.sync_api import expect

from tests.browser.steps import DESK, PHONE, expect_live, fill, message
from tests.browser.test_accessibility import AXE, RUN


def open_room(open_page, alice, bob, lobby, **look):
    bob.profile.about = "Gardener"
    bob.profile.save()
    fill(lobby, bob, 2)
    page = open_page(alice, "/rooms/lobby/", **look)
    expect_live(page)
    return page, page.get_by_role("dialog", name="bob"), message(page, 0).get_by_role("link", name="bob")


def test_it_opens_by_keyboard_shows_who_is_there_and_gives_the_focus_back(open_page, alice, bob, lobby):
    page, card, name = open_room(open_page, alice, bob, lobby, **DESK)
    expect(name).to_have_attribute("href", "/@bob/")
    name.focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("Gardener")
    expect(card.get_by_role("button", name="Message")).to_be_focused()
    expect(card.get_by_role("img", name="Offline")).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate(RUN) == []
    open_page(bob, "/rooms/lobby/")
    expect(card.get_by_role("img", name="Here now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(name).to_be_focused()
    expect(page).to_have_url(re.compile("/rooms/lobby/$"))


def test_blocking_keeps_the_room_and_message_leads_to_the_conversation(open_page, alice, bob, lobby):
    page, card, _ = open_room(open_page, alice, bob, lobby, **PHONE)
    page.locator("#composer textarea").fill("half a sentence")
    message(page, 0).locator(".message__face").click()
    card.get_by_role("button", name="Block").click()
    card.get_by_role("button", name="Unblock").click()
    expect(card.get_by_role("button", name="Block", exact=True)).to_be_focused()  # not “Unblock”, which has it before
    expect(page.locator("#composer textarea")).to_have_value("half a sentence")
    card.get_by_role("button", name="Message").click()
    expect(page.get_by_role("heading", name="bob")).to_be_visible()
    expect(page).not_to_have_url(re.compile("/rooms/lobby/$"))


def test_a_member_in_the_panel_has_it_too_and_a_name_is_a_link_without_scripts(open_page, alice, bob, lobby):
    page, card, _ = open_room(open_page, alice, bob, lobby, **DESK)
    page.locator("#panel").get_by_role("link", name="bob").click()
    expect(card).to_be_visible()
    page.get_by_role("heading", name="Lobby").click()
    expect(card).to_be_hidden()
    plain = open_page(alice, "/rooms/lobby/", java_script_enabled=False)
    message(plain, 0).get_by_role("link", name="bob", exact=True).click()
    expect(plain).to_have_url(re.compile("/@bob/$"))
