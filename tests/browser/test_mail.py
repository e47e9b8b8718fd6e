"""Mails from a real server process by SMTP, and the pages their links open."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from conftest import PASSWORD
from tests.browser.conftest import open_context_page
from tests.browser.steps import DESK, expect_live
from tests.server import serve
from tests.smtp import link_in, open_mailbox, text_of

NEW_PASSWORD = "another good secret"


@pytest.fixture
def alice(alice):
    """alice, with a password hash that the server process can check."""
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    return alice


@pytest.fixture
def mailbox():
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def server(transactional_db, tmp_path, mailbox):
    """A server that sends mail to the mailbox."""
    with serve(tmp_path / "server.log", EMAIL_URL=mailbox.url) as running:
        yield running


def sign_in(page: Page, login: str, password: str) -> None:
    """Fill in and submit the sign-in form."""
    form = page.locator("form[action='/accounts/login/']")
    form.get_by_label("Username or email").fill(login)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Sign in", exact=True).click()


def add_address(user, email: str) -> None:
    """Give a user a confirmed email address."""
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)


def request_password_reset(page: Page, email: str) -> None:
    """Request a password reset."""
    page.goto("/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Email me a link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def choose_password(page: Page, password: str) -> None:
    """Enter a new password twice and save it."""
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password (again)").fill(password)
    page.get_by_role("button", name="Save password").click()


def test_signing_up_and_confirming_the_address(open_page, mailbox):
    page = open_page(None, "/", **DESK)
    form = page.locator("form[action='/accounts/signup/']")
    form.get_by_label("Username").fill("dave")
    form.get_by_label("Email (optional)").fill("dave@example.org")
    form.get_by_label("Password").fill(NEW_PASSWORD)
    form.get_by_role("button", name="Sign up").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(link_in(mailbox.wait_for("dave@example.org", "Confirm your email address")))
    page.get_by_role("button", name="Confirm email address").click()
    expect(page.get_by_text("dave@example.org is confirmed.")).to_be_visible()
    expect(page.locator(".badge--good")).to_have_text("confirmed")


def test_resetting_the_password_signs_out_everywhere(open_page, mailbox, alice, lobby):
    add_address(alice, "alice@example.org")
    elsewhere = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(elsewhere)
    page = open_page(None, "/", **DESK)
    request_password_reset(page, "alice@example.org")
    page.goto(link_in(mailbox.wait_for("alice@example.org", "Reset your password")))
    choose_password(page, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Password changed")).to_be_visible()
    expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/")
    sign_in(page, "alice@example.org", PASSWORD)
    expect(page.locator("form[action='/accounts/login/']")).to_be_visible()
    sign_in(page, "alice@example.org", NEW_PASSWORD)
    page.wait_for_url("**/rooms/lobby/")
    mail = mailbox.wait_for("alice@example.org", "Your password was reset")
    assert "Chrome on Linux" in text_of(mail) and "Chrome on Linux" in text_of(mail, "html")


def test_an_unknown_address_gets_the_same_page_and_a_different_mail(open_page, mailbox, alice):
    add_address(alice, "alice@example.org")
    seen = []
    for address in ("alice@example.org", "nobody@example.org"):
        page = open_page(None, "/", **DESK)
        request_password_reset(page, address)
        seen.append((page.url, page.locator("main").inner_html()))
    assert seen[0] == seen[1]
    assert "/accounts/signup/" in link_in(mailbox.wait_for("nobody@example.org", "No account uses this address"))


def test_signing_up_with_a_taken_address_looks_normal_and_notifies_its_owner(open_page, mailbox, alice):
    add_address(alice, "alice@example.org")
    seen = []
    for name, address in (("erin", "free@example.org"), ("evan", "alice@example.org")):
        page = open_page(None, "/", **DESK)
        form = page.locator("form[action='/accounts/signup/']")
        form.get_by_label("Username").fill(name)
        form.get_by_label("Email (optional)").fill(address)
        form.get_by_label("Password").fill(NEW_PASSWORD)
        form.get_by_role("button", name="Sign up").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)
        seen.append((page.url, page.locator("main").inner_text().replace(name, "NAME").replace(address, "ADDRESS")))
    assert seen[0] == seen[1]
    assert "/password/reset/" in link_in(mailbox.wait_for("alice@example.org", "You already have an account"))


def test_a_mail_fits_a_phone_in_dark_mode(server, new_context, watch, mailbox, alice):
    add_address(alice, "alice@example.org")
    request_password_reset(open_context_page(new_context, watch, server, None), "alice@example.org")
    html = text_of(mailbox.wait_for("alice@example.org", "Reset your password"), "html")
    page = new_context(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
    page.set_content(html)
    expect(page.get_by_role("link", name="Choose a new password")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 29)"
