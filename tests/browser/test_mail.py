"""Mails as people get them: from a real server process, by SMTP, into a mailbox, and back by their link."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from conftest import PASSWORD
from tests.browser.conftest import open_context_page
from tests.browser.steps import DESK, expect_live
from tests.server import serve
from tests.smtp import link_in, open_mailbox, text_of

NEW = "another good secret"


@pytest.fixture
def alice(alice):
    """alice, whose password the server can check: it does not know the tests' quick way of storing one."""
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    return alice


@pytest.fixture
def mailbox():
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def server(transactional_db, tmp_path, mailbox):
    """A server that sends its mails to the mailbox."""
    with serve(tmp_path / "server.log", EMAIL_URL=mailbox.url) as running:
        yield running


def log_in(page: Page, login: str, password: str) -> None:
    """Fill in the front door's form for those who have an account."""
    form = page.locator("form[action='/accounts/login/']")
    form.get_by_label("Username or email").fill(login)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Log in").click()


def give_address(user, email: str) -> None:
    """Let a user have a confirmed address."""
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)


def ask_for_a_new_password(page: Page, email: str) -> None:
    """Say that one has forgotten the password."""
    page.goto("/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()


def choose(page: Page, password: str) -> None:
    """Type a new password twice."""
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password (again)").fill(password)
    page.get_by_role("button", name="Save the new password").click()


def test_signing_up_with_an_address_and_confirming_it_by_the_link(open_page, mailbox):
    page = open_page(None, "/", **DESK)
    form = page.locator("form[action='/accounts/signup/']")
    form.get_by_label("Username").fill("dave")
    form.get_by_label("Email (optional)").fill("dave@example.org")
    form.get_by_label("Password").fill(NEW)
    form.get_by_role("button", name="Sign up").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(link_in(mailbox.wait_for("dave@example.org", "confirm your email address")))
    page.get_by_role("button", name="Yes, confirm it").click()
    expect(page.get_by_text("dave@example.org is confirmed.")).to_be_visible()
    expect(page.locator(".badge--good")).to_have_text("confirmed")


def test_a_forgotten_password_is_chosen_anew_and_closes_the_doors(open_page, mailbox, alice, lobby):
    give_address(alice, "alice@example.org")
    elsewhere = open_page(alice, "/rooms/lobby/", **DESK)
    expect_live(elsewhere)
    page = open_page(None, "/", **DESK)
    ask_for_a_new_password(page, "alice@example.org")
    page.goto(link_in(mailbox.wait_for("alice@example.org", "choose a new password")))
    choose(page, NEW)
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    expect(elsewhere.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto("/")
    log_in(page, "alice@example.org", PASSWORD)
    expect(page.locator("form[action='/accounts/login/']")).to_be_visible()
    log_in(page, "alice@example.org", NEW)
    page.wait_for_url("**/rooms/")
    told = mailbox.wait_for("alice@example.org", "you have a new password")
    assert "Chrome on Linux" in text_of(told) and "Chrome on Linux" in text_of(told, "html")


def test_an_unknown_address_gets_the_same_page_and_a_mail_of_its_own(open_page, mailbox, alice):
    give_address(alice, "alice@example.org")
    seen = []
    for address in ("alice@example.org", "nobody@example.org"):
        page = open_page(None, "/", **DESK)
        ask_for_a_new_password(page, address)
        seen.append((page.url, page.locator("main").inner_html()))
    assert seen[0] == seen[1]
    assert "/accounts/signup/" in link_in(mailbox.wait_for("nobody@example.org", "no account has this address"))


def test_a_taken_address_signs_up_like_a_free_one_and_its_owner_is_told(open_page, mailbox, alice):
    give_address(alice, "alice@example.org")
    seen = []
    for name, address in (("erin", "free@example.org"), ("evan", "alice@example.org")):
        page = open_page(None, "/", **DESK)
        form = page.locator("form[action='/accounts/signup/']")
        form.get_by_label("Username").fill(name)
        form.get_by_label("Email (optional)").fill(address)
        form.get_by_label("Password").fill(NEW)
        form.get_by_role("button", name="Sign up").click()
        page.wait_for_url(lambda url: "/accounts/" not in url)
        seen.append((page.url, page.locator("main").inner_text().replace(name, "NAME").replace(address, "ADDRESS")))
    assert seen[0] == seen[1]
    assert "/password/reset/" in link_in(mailbox.wait_for("alice@example.org", "you have an account already"))


def test_a_mail_reads_well_on_a_phone_in_the_dark(server, new_context, watch, mailbox, alice):
    give_address(alice, "alice@example.org")
    ask_for_a_new_password(open_context_page(new_context, watch, server, None), "alice@example.org")
    html = text_of(mailbox.wait_for("alice@example.org", "choose a new password"), "html")
    page = new_context(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
    page.set_content(html)
    expect(page.get_by_role("link", name="Choose a new password")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 29)"
