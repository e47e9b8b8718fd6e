"""Two-step sign-in in a real browser: authenticator app, recovery codes and a virtual passkey."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page, expect

from conftest import PASSWORD
from tests.browser.steps import DESK, PHONE, expect_live
from tests.browser.test_mail import sign_in

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
    """alice, with a password hash that the server process can check."""
    alice.password = make_password(PASSWORD, hasher="argon2")
    alice.save()
    return alice


def code_for(secret: str, steps: int = 0) -> str:
    """Return the code an authenticator app shows for a secret, `steps` half-minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def reauthenticate(page: Page) -> None:
    """Enter the password again."""
    expect(page.get_by_role("heading", name="Confirm it's you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def sign_out(page: Page) -> None:
    """Sign out on the sign-out page."""
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def enter_code(page: Page, code: str) -> None:
    """Enter a code as the second step."""
    expect(page.get_by_role("heading", name="Two-step sign-in")).to_be_visible()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.fixture
def server(server):
    """The server on localhost: passkeys don't work with IP addresses."""
    server.origin = server.origin.replace("127.0.0.1", "localhost")
    return server


@pytest.fixture
def add_authenticator():
    """A function that adds a virtual authenticator to a page's browser and returns a counter of its passkeys."""

    def add(page: Page, **options):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        key = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | options})
        return lambda: len(session.send("WebAuthn.getCredentials", key)["credentials"])

    return add


def test_an_authenticator_app_and_recovery_codes(open_page, alice):
    page = open_page(alice, "/accounts/2fa/", **DESK)
    page.get_by_role("link", name="Set up").click()
    reauthenticate(page)
    expect(page.get_by_alt_text("QR code for the key below")).to_be_visible()
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("Authenticator code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("That code is wrong or already used")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_for(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    recovery_code = page.locator("#recovery-codes li").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert recovery_code in download.value.path().read_text()

    sign_out(page)
    sign_in(page, "alice", PASSWORD)
    enter_code(page, "000000")
    expect(page.get_by_text("That code is wrong or already used")).to_be_visible()
    enter_code(page, code_for(secret, 1))
    page.wait_for_url("**/rooms/")

    sign_out(page)
    sign_in(page, "alice", PASSWORD)
    enter_code(page, recovery_code)
    page.wait_for_url("**/rooms/")
    sign_out(page)
    sign_in(page, "alice", PASSWORD)
    enter_code(page, recovery_code)
    expect(page.get_by_text("That code is wrong or already used")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_passkey_is_added_and_signs_in_without_a_password(open_page, add_authenticator, alice, lobby, size):
    page = open_page(alice, "/accounts/2fa/", **size)
    count_passkeys = add_authenticator(page)
    page.get_by_role("link", name="Add a passkey").click()
    reauthenticate(page)
    expect(page.get_by_label("Name this passkey")).to_have_value("Chrome on Linux")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    assert count_passkeys() == 1
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
    expect(page.get_by_text("No passkeys yet.")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_a_passkey_is_the_second_step_after_the_password(open_page, add_authenticator, alice):
    page = open_page(alice, "/accounts/2fa/webauthn/add/", **DESK)
    add_authenticator(page)
    reauthenticate(page)
    page.get_by_label("Name this passkey").fill("My <b>phone</b>")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My <b>phone</b>", exact=True)).to_be_visible()
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("x" * 100)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("x" * 60, exact=True)).to_be_visible()
    sign_out(page)
    sign_in(page, "alice", PASSWORD)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/rooms/")


def test_signing_in_without_a_passkey_shows_an_error(open_page, add_authenticator, alice):
    page = open_page(None, "/", **DESK)
    add_authenticator(page, isUserVerified=False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("No passkey was used. Try again, or sign in another way.")).to_be_visible()


def test_without_javascript_the_passkey_button_is_hidden(open_page, alice):
    page = open_page(None, "/", java_script_enabled=False, **DESK)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
