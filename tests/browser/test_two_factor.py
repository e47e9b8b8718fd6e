"""Two-step sign-in with a real browser: an authenticator app, recovery codes, and a passkey of a virtual device."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from conftest import PASSWORD
from tests.browser.steps import DESK, PHONE, expect_live
from tests.browser.test_mail import log_in

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def alice(alice):
    """alice, whose password the server can check: it does not know the tests' quick way of storing one."""
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    return alice


def code_for(secret: str, steps: int = 0) -> str:
    """Return what an authenticator app shows for a secret, now or some half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def show_who_one_is(page: Page) -> None:
    """Give the password once more."""
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_out(page: Page) -> None:
    """Leave by the page for it."""
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def enter_code(page: Page, code: str) -> None:
    """Answer the question for the second step."""
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def server(server):
    """The server by a name that passkeys are bound to; they do not work with bare addresses."""
    server.origin = server.origin.replace("127.0.0.1", "localhost")
    return server


@pytest.fixture
def plug_in():
    """A function that gives a page's browser a device that keeps passkeys; it returns how many it keeps."""

    def plug(page: Page, **but):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        key = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | but})
        return lambda: len(session.send("WebAuthn.getCredentials", key)["credentials"])

    return plug


def test_an_authenticator_app_and_recovery_codes(open_page, alice):
    page = open_page(alice, "/accounts/2fa/", **DESK)
    page.get_by_role("link", name="Set up").click()
    show_who_one_is(page)
    expect(page.get_by_alt_text("QR code of the key below")).to_be_visible()
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_for(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    spare = page.locator("#recovery-codes li").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert spare in download.value.path().read_text()

    sign_out(page)
    log_in(page, "alice", PASSWORD)
    enter_code(page, "000000")
    expect(page.get_by_text("This code is not right")).to_be_visible()
    enter_code(page, code_for(secret, 1))
    page.wait_for_url("**/rooms/")

    sign_out(page)
    log_in(page, "alice", PASSWORD)
    enter_code(page, spare)
    page.wait_for_url("**/rooms/")
    sign_out(page)
    log_in(page, "alice", PASSWORD)
    enter_code(page, spare)
    expect(page.get_by_text("This code is not right")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_passkey_is_added_and_lets_in_without_a_password(open_page, plug_in, alice, lobby, size):
    page = open_page(alice, "/accounts/2fa/", **size)
    kept = plug_in(page)
    page.get_by_role("link", name="Add a passkey").click()
    show_who_one_is(page)
    expect(page.get_by_label("Name, to know it again")).to_have_value("Chrome on Linux")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert kept() == 1
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator(".device")).to_contain_text("Chrome on Linux")

    sign_out(page)
    page.goto("/rooms/lobby/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect_live(page)

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_passkey_is_the_second_step_after_the_password(open_page, plug_in, alice):
    page = open_page(alice, "/accounts/2fa/webauthn/add/", **DESK)
    plug_in(page)
    show_who_one_is(page)
    page.get_by_label("Name, to know it again").fill("My <b>phone</b>")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My <b>phone</b>", exact=True)).to_be_visible()
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("x" * 100)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("x" * 60, exact=True)).to_be_visible()
    sign_out(page)
    log_in(page, "alice", PASSWORD)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/rooms/")


def test_whoever_has_no_passkey_is_told_in_words(open_page, plug_in, alice):
    page = open_page(None, "/", **DESK)
    plug_in(page, isUserVerified=False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey was used. Try again, or use another way.")).to_be_visible()


def test_without_javascript_no_button_is_offered_that_does_nothing(open_page, alice):
    page = open_page(None, "/", java_script_enabled=False, **DESK)
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
