"""Editing and deleting messages in place."""

import pytest
from playwright.sync_api import expect

from a_rtchat.actions.messages import delete_message, edit_message
from a_rtchat.models import Membership
from tests.browser.conftest import open_context_page
from tests.browser.steps import DELETED, act, expect_live, fill, focused, message, open_own_messages
from tests.server import serve


@pytest.fixture
def page(open_page, alice, lobby):
    return open_own_messages(open_page, alice, lobby)


def editor(page):
    return page.get_by_role("textbox", name="Edit message")


def test_a_message_can_be_edited_again_after_cancelling(page):
    for _ in range(2):
        act(page, message(page, 1), "Edit")
        expect(editor(page)).to_be_focused()
        page.keyboard.press("Escape")
        expect(editor(page)).to_have_count(0)
        expect(message(page, 1).locator(".prose")).to_be_visible()
        assert focused(page) == ("message__more", "2")
    assert page.url.endswith("/rooms/lobby/")


def test_the_caret_starts_at_the_end_and_saving_returns_the_focus(page):
    act(page, message(page, 1), "Edit")
    expect(editor(page)).to_be_focused()
    page.keyboard.type(" and more")
    page.keyboard.press("Enter")
    expect(message(page, 1).locator(".prose")).to_have_text("message 1 and more")
    expect(editor(page)).to_have_count(0)
    assert focused(page) == ("message__more", "2")


def test_another_editor_and_a_newer_revision_keep_what_was_typed_and_the_focus(page, alice):
    act(page, message(page, 0), "Edit")
    editor(page).fill("typed in the first")
    act(page, message(page, 1), "Edit")
    expect(editor(page)).to_have_count(2)
    expect(editor(page).nth(1)).to_be_focused()
    editor(page).nth(1).fill("typed in the second")
    edit_message(Membership.objects.enter(alice, "lobby"), 2, "changed elsewhere")
    expect(message(page, 1)).to_have_attribute("data-revision", "4")
    expect(editor(page).nth(1)).to_be_focused()
    values = [editor(page).nth(n).input_value() for n in range(2)]
    assert values == ["typed in the first", "typed in the second"]


@pytest.mark.parametrize("failure", ["refused", "offline"])
def test_an_edit_that_fails_keeps_the_text_and_says_why(page, watch, alice, failure):
    watch.server_goes_down = True  # for the browser's own reports of failed requests
    act(page, message(page, 1), "Edit")
    text, reason = "x" * 10, "Check your connection"
    if failure == "refused":
        text, reason = "x" * 4_001, "Messages can be 4000 characters at most"
    else:
        page.context.set_offline(True)
    editor(page).fill(text)
    page.keyboard.press("Enter")
    expect(message(page, 1).get_by_role("alert")).to_contain_text(reason)
    expect(editor(page)).to_have_value(text)
    expect(editor(page)).to_be_focused()


def test_an_edit_that_comes_too_fast_keeps_the_text(new_context, watch, transactional_db, tmp_path, alice, lobby):
    fill(lobby, alice, 1)
    with serve(tmp_path / "slow.log", CHAT_POST_BURST="1", CHAT_POSTS_PER_SECOND="0.01") as server:
        page = open_context_page(new_context, watch, server, alice, "/rooms/lobby/")
        for _ in range(2):
            act(page, message(page, 0), "Edit")
            editor(page).fill("twice")
            page.keyboard.press("Enter")
            expect(message(page, 0).locator(".message__edited")).to_have_count(1)
        expect(message(page, 0).get_by_role("alert")).to_contain_text("messages too quickly.")
        expect(editor(page)).to_have_value("twice")


def test_an_editor_that_cannot_be_opened_leaves_the_message_and_says_why(page, watch):
    watch.server_goes_down = True
    page.context.set_offline(True)
    act(page, message(page, 1), "Edit")
    expect(page.locator("#notice")).to_have_text("Couldn't open the editor. Try again.")
    expect(message(page, 1).locator(".prose")).to_be_visible()
    assert focused(page) == ("message__more", "2")


def test_a_moderator_sees_what_they_delete(open_page, alice, bob, lobby):
    fill(lobby, alice, 1)
    page = open_page(bob, "/rooms/lobby/")
    expect_live(page)
    message(page, 0).hover()
    message(page, 0).locator(".message__more").click()
    names = ["Copy link", "Mark unread from here", "Report to moderators", "Delete"]
    expect(page.get_by_role("menuitem")).to_have_text(names)
    expect(message(page, 0).locator(".prose")).to_be_visible()
    page.goto("/rooms/lobby/messages/1/edit/")
    expect(page.locator(".message .prose")).to_have_text("message 0")
    page.get_by_role("button", name="Delete message").click()
    expect(message(page, 0).locator(".message__body")).to_have_text(DELETED)


def test_a_member_can_only_copy_the_link_of_anothers_message(open_page, alice, carol, lobby):
    fill(lobby, alice, 1)
    page = open_page(carol, "/rooms/lobby/", permissions=["clipboard-read", "clipboard-write"])
    expect_live(page)
    message(page, 0).hover()
    message(page, 0).locator(".message__more").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Copy link", "Mark unread from here", "Report to moderators"])
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/rooms/lobby/messages/1/")


def test_the_menu_works_by_keyboard(page):
    message(page, 2).locator(".message__more").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Edit")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    assert focused(page) == ("message__more", "3")


def test_editing_and_deleting_work_without_javascript(open_page, alice, lobby):
    fill(lobby, alice, 2)
    page = open_page(alice, "/rooms/lobby/", java_script_enabled=False)
    message(page, 0).hover()
    message(page, 0).locator(".message__more").click()
    editor(page).fill("changed")
    page.get_by_role("button", name="Save").click()
    expect(message(page, 0).locator(".prose")).to_have_text("changed")
    message(page, 1).hover()
    message(page, 1).locator(".message__more").click()
    page.get_by_role("button", name="Delete message").click()
    expect(message(page, 1).locator(".message__body")).to_have_text(DELETED)


def test_a_page_of_history_shows_an_edit_too(open_page, alice, lobby):
    fill(lobby, alice, 3)
    page = open_page(alice, "/rooms/lobby/messages/?before=3")
    act(page, message(page, 0), "Edit")
    editor(page).fill("changed in history")
    page.keyboard.press("Enter")
    expect(message(page, 0).locator(".prose")).to_have_text("changed in history")
    act(page, message(page, 1), "Delete")
    expect(message(page, 1)).to_have_attribute("data-revision", "5", timeout=8_000)
    expect(message(page, 1).locator(".message__body")).to_have_text(DELETED)


def test_a_message_deleted_elsewhere_leaves_the_editor_with_its_text(page, alice):
    act(page, message(page, 1), "Edit")
    editor(page).fill("still here")
    delete_message(Membership.objects.enter(alice, "lobby"), 2)
    expect(message(page, 1)).to_have_attribute("data-revision", "4")
    expect(editor(page)).to_have_value("still here")
    page.keyboard.press("Enter")
    expect(message(page, 1).get_by_role("alert")).to_contain_text("deleted messages can't be edited")
    page.keyboard.press("Escape")
    expect(message(page, 1).locator(".message__body")).to_have_text(DELETED)
    assert focused(page) == ("message", "2")
