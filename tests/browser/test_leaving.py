"""Signing out leaves no drafts in the browser."""

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from conftest import PASSWORD
from tests.browser.steps import expect_live, say


def stored(page) -> list[str]:
    """Return what is stored, such as "draft" and "outbox"."""
    names = page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('backchat'))")
    return sorted("outbox" if ":outbox:" in name else name.rpartition(":")[2] for name in names)


def with_real_hash(*users) -> None:
    """Store passwords as the server hashes them, not with the tests' fast hasher."""
    for user in users:
        user.password = make_password(PASSWORD, hasher="argon2")
        user.save()


def write(page) -> None:
    """Leave an unsent message and a draft."""
    expect_live(page)
    page.evaluate("WebSocket.prototype.send = () => {}")
    say(page, "sent into nothing")
    page.locator("#composer textarea").press_sequentially("half a thought")
    assert stored(page) == ["draft", "outbox"]


def sign_in(page, name: str) -> None:
    form = page.locator("form[action='/accounts/login/']")
    form.get_by_label("Username").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_label("Password").press("Enter")
    expect(page.locator(".sidebar")).to_be_attached()


def test_signing_out_deletes_drafts_and_keeps_unsent_messages_for_their_author(open_page, alice, bob, lobby):
    with_real_hash(alice, bob)
    page = open_page(alice, "/rooms/lobby/")
    write(page)
    page.locator("form[action='/accounts/logout/'] button").click()
    expect(page.locator("form[action='/accounts/signup/']")).to_be_visible()
    assert stored(page) == ["outbox"]
    sign_in(page, "bob")
    page.goto(page.url.partition("/rooms")[0] + "/rooms/lobby/")
    expect_live(page)
    assert page.locator("#composer textarea").input_value() == ""
    expect(page.locator("#outbox .message")).to_have_count(0)
    expect(page.locator("#messages .message")).to_have_count(0)
    page.locator("form[action='/accounts/logout/'] button").click()
    sign_in(page, "alice")
    page.goto(page.url.partition("/rooms")[0] + "/rooms/lobby/")
    expect(page.locator("#messages .message")).to_have_count(1)


@pytest.mark.parametrize("button", ["Sign out this device", "Sign out everywhere"])
def test_the_list_of_devices_deletes_drafts_too(open_page, alice, lobby, button):
    page = open_page(alice, "/rooms/lobby/")
    write(page)
    page.goto(page.url.partition("/rooms")[0] + "/accounts/sessions/")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.locator("form[action='/accounts/signup/']")).to_be_visible()
    assert stored(page) == ["outbox"]


def test_deleting_the_account_deletes_everything_once_the_password_is_right(open_page, watch, alice, lobby):
    with_real_hash(alice)
    page = open_page(alice, "/rooms/lobby/")
    write(page)
    page.goto(page.url.partition("/rooms")[0] + "/profile/settings/delete/")
    for password, left in (("wrong", ["draft", "outbox"]), (PASSWORD, [])):
        page.get_by_label("Password").fill(password)
        page.locator("form[action='/profile/settings/delete/'] button").click()
        page.wait_for_load_state()
        assert stored(page) == left
        watch.problems.clear()  # the browser logs the status 422


def test_a_session_that_ends_elsewhere_loses_nothing(open_page, alice, lobby):
    page = open_page(alice, "/rooms/lobby/")
    write(page)
    page.context.clear_cookies()
    page.reload()
    expect(page.locator("form[action='/accounts/signup/']")).to_be_visible()
    assert stored(page) == ["draft", "outbox"]
