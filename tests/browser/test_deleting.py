"""Deleting a message: it can be brought back for five seconds."""

import re
import time

import pytest
from playwright.sync_api import expect

from a_rtchat.models import Message
from tests.browser.steps import DELETED, HIDE, act, focused, message, open_own_messages


@pytest.fixture
def page(open_page, alice, lobby):
    return open_own_messages(open_page, alice, lobby)


def test_deleting_can_be_undone(page):
    act(page, message(page, 1), "Delete")
    expect(message(page, 1).locator(".message__open")).to_contain_text("Message deleted.")
    expect(message(page, 1).locator(".prose")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_have_accessible_description("Message deleted.")
    page.evaluate(HIDE)  # another tab does not end the offer
    page.wait_for_timeout(500)
    assert not Message.objects.filter(deleted_at__isnull=False).exists()
    page.keyboard.press("Enter")
    expect(message(page, 1).locator(".prose")).to_be_visible()
    assert focused(page) == ("message__more", "2")
    page.wait_for_timeout(6_000)
    assert not Message.objects.filter(deleted_at__isnull=False).exists()


def test_a_message_is_deleted_after_five_seconds_and_the_focus_stays_on_it(page):
    act(page, message(page, 1), "Delete")
    page.wait_for_timeout(3_000)
    assert not Message.objects.filter(deleted_at__isnull=False).exists()
    expect(message(page, 1).locator(":scope > .message__body")).to_have_count(1, timeout=6_000)
    expect(message(page, 1).locator(".message__body")).to_have_text(DELETED)
    assert Message.objects.get(seq=2).body == "" and focused(page)[1] == "2"


@pytest.mark.parametrize("leave", ["close", "navigate"])
def test_leaving_the_page_deletes_at_once(page, leave):
    act(page, message(page, 1), "Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    if leave == "close":
        page.context.new_page()  # or the browser would close with its last page
        page.close()
    else:
        page.goto("/rooms/")
    for _ in range(30):
        if Message.objects.filter(seq=2, deleted_at__isnull=False).exists():
            return
        time.sleep(0.1)
    raise AssertionError("The message is still there.")


def test_a_deletion_that_the_server_missed_is_repeated_on_the_next_visit(page, watch):
    watch.server_goes_down = True
    page.route(re.compile("/delete/$"), lambda route: route.abort())
    act(page, message(page, 1), "Delete")
    page.wait_for_timeout(5_500)
    assert not Message.objects.filter(deleted_at__isnull=False).exists()
    page.unroute(re.compile("/delete/$"))
    page.reload()
    expect(message(page, 1).locator(".message__body")).to_have_text(DELETED, timeout=8_000)
    page.wait_for_timeout(1_000)
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.includes('deleting')).length") == 0
