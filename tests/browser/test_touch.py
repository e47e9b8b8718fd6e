"""Touch screens: Enter, the keyboard, targets for fingers, and menus on demand."""

import pytest
from playwright.sync_api import expect

from a_rtchat.models import Message
from tests.browser.steps import HIDE, PHONE, expect_live, fill

SMALLEST = 44  # pixels
TARGETS = ".composer__send, .message__more, .menu__item, .edit button, .edit a"


@pytest.fixture
def page(open_page, alice, lobby):
    """alice's page of the lobby on a phone."""
    fill(lobby, alice, 2)
    page = open_page(alice, "/rooms/lobby/", is_mobile=True, **PHONE)
    expect_live(page)
    return page


def test_enter_breaks_the_line_and_the_button_sends_and_keeps_the_focus(page):
    composer = page.locator("#composer textarea")
    assert composer.evaluate("element => element.enterKeyHint") == "enter"
    composer.tap()
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    expect(composer).to_have_value("one\ntwo")
    page.get_by_role("button", name="Send").tap()
    expect(page.locator("#messages .message")).to_have_count(3)
    expect(composer).to_be_focused()
    assert Message.objects.get(seq=3).body == "one\ntwo"


def test_the_menu_button_shows_on_the_message_that_was_tapped(page):
    first, second = (page.locator("#messages .message__more").nth(n) for n in range(2))
    for more in (first, second):
        expect(more).to_have_css("opacity", "0")
    page.locator(".message__body").first.tap()
    expect(first).to_have_css("opacity", "1")
    page.locator(".message__body").nth(1).tap()
    expect(first).to_have_css("opacity", "0")
    second.tap()
    expect(page.get_by_role("menuitem", name="Edit")).to_be_visible()


def test_a_page_in_the_background_deletes_at_once(page):
    page.locator(".message__body").nth(1).tap()
    page.locator("#messages .message__more").nth(1).tap()
    page.get_by_role("menuitem", name="Delete").tap()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.evaluate(HIDE)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0, timeout=3_000)
    assert Message.objects.filter(deleted_at__isnull=False).count() == 1


def test_targets_are_large_enough_for_a_finger(page):
    page.locator(".message__body").first.tap()
    page.locator("#messages .message__more").first.tap()
    small = f"""() => [...document.querySelectorAll("{TARGETS}")]
      .map(e => [e.className, e.getBoundingClientRect()])
      .filter(([, {{ width, height }}]) => width && Math.min(width, height) < {SMALLEST})
      .map(([name]) => name)"""
    assert page.evaluate(small) == []
    page.get_by_role("menuitem", name="Edit").tap()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    assert page.evaluate(small) == []
