"""An attacker guesses passwords and codes; the owner must still get in."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client

from a_users.tests.test_two_factor import code_for, secret  # noqa: F401  (a fixture)
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
NEW_PASSWORD = "another good secret"
HOME, ATTACKER = "192.0.2.1", "198.51.100.1"  # addresses


def sign_in(browser: Client, login: str = "alice", password: str = PASSWORD, address: str = HOME):
    """Post the sign-in form from an address and return the response."""
    return browser.post(SIGN_IN, {"login": login, "password": password}, REMOTE_ADDR=address)


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def known_browser() -> Client:
    """Return a browser that alice has signed in and out of."""
    browser = Client()
    sign_in(browser)
    assert is_signed_in(browser)
    browser.post("/accounts/logout/")
    assert not is_signed_in(browser)
    return browser


def attack(*logins: str, times: int = 101) -> None:
    """Guess passwords from many addresses, under all spellings of a name."""
    for number in range(times):
        sign_in(Client(), logins[number % len(logins)], f"guess {number}", f"203.0.{number // 250}.{number % 250}")


# Guessing passwords


def test_an_attacker_cannot_lock_the_owner_out_of_a_device_they_have_used(alice):
    owner = known_browser()
    attack("alice")
    sign_in(owner, address="192.0.2.77")  # at an address that is new to alice
    assert is_signed_in(owner)


def test_not_even_from_the_owners_own_address(alice):
    owner = known_browser()
    for number in range(40):
        sign_in(Client(), password=f"guess {number}", address=HOME)
    sign_in(owner)
    assert is_signed_in(owner)


def test_all_spellings_of_an_account_are_counted_together(alice):
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
    attack("alice", "ALICE", "Alice@Example.org", "ａｌｉｃｅ")
    stranger = Client()
    response = sign_in(stranger)
    assert response.status_code == 429 and "Too many attempts" in response.content.decode()
    assert not is_signed_in(stranger), "the right password must not help a stranger now"


def test_successful_attempts_do_not_count(alice):
    for number in range(110):
        sign_in(Client(), address=f"203.0.113.{number}")
    browser = Client()
    sign_in(browser)
    assert is_signed_in(browser)


def test_existing_and_missing_accounts_are_refused_alike(alice):
    pages = {}
    for login in ("alice", "nobody"):
        answers = [sign_in(Client(), login, f"guess {number}", ATTACKER) for number in range(6)]
        hidden = re.compile(r"csrfmiddlewaretoken\" value=\"[^\"]*\"")
        pages[login] = [(page.status_code, hidden.sub("", page.content.decode())) for page in answers]
    assert [status for status, _ in pages["alice"]] == [200] * 5 + [429]
    assert pages["alice"] == [(status, page.replace("nobody", "alice")) for status, page in pages["nobody"]]


def test_a_known_device_has_a_limit_of_its_own(alice):
    thief = known_browser()
    answers = [sign_in(thief, password=f"guess {number}").status_code for number in range(11)]
    assert answers == [200] * 10 + [429]
    sign_in(stranger := Client())
    assert is_signed_in(stranger), "the thief must not close the door for others"


@pytest.mark.parametrize(("which", "still_known"), [("", False), ("others", True)])
def test_a_device_is_unknown_after_signing_out_everywhere(alice, which, still_known):
    elsewhere, owner = known_browser(), Client()
    sign_in(owner)
    owner.post("/accounts/sessions/end/", {"which": which})
    owner.post("/accounts/logout/")
    attack("alice")
    for browser, expected in ((elsewhere, False), (owner, still_known)):
        sign_in(browser)
        assert is_signed_in(browser) is expected


def test_changing_the_password_makes_other_devices_unknown(alice):
    elsewhere, owner = known_browser(), Client()
    sign_in(owner)
    changed = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert owner.post("/accounts/password/change/", changed).status_code == 302
    owner.post("/accounts/logout/")
    attack("alice")
    sign_in(elsewhere, password=NEW_PASSWORD)
    assert not is_signed_in(elsewhere)
    sign_in(owner, password=NEW_PASSWORD)
    assert is_signed_in(owner)


def test_the_cookie_of_a_device_is_signed_and_for_one_account(alice, mallory):
    attacker = Client()
    sign_in(attacker, "mallory", address=ATTACKER)
    attacker.post("/accounts/logout/")
    cookie = attacker.cookies["backchat-devices"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["max-age"] > 300 * 24 * 3600
    attack("alice")
    for value in (cookie.value, cookie.value + "x", f"{{{alice.pk}: []}}", ""):
        attacker.cookies["backchat-devices"] = value
        sign_in(attacker, address=ATTACKER)
        assert not is_signed_in(attacker)


def test_over_https_the_cookie_is_bound_to_the_host(alice, settings):
    settings.HTTPS = True
    browser = Client()
    sign_in(browser)
    cookie = browser.cookies["__Host-backchat-devices"]
    assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]


def test_a_browser_knows_several_accounts(alice, bob):
    browser = known_browser()
    sign_in(browser, "bob")
    browser.post("/accounts/logout/")
    attack("alice", "bob", times=202)
    for login in ("alice", "bob"):
        sign_in(browser, login)
        assert is_signed_in(browser)
        browser.post("/accounts/logout/")


def test_ipv6_addresses_are_counted_by_network(alice):
    for number in range(10):
        sign_in(Client(), f"name{number}", "guess", f"2001:db8:1:2::{number:x}")
    assert sign_in(Client(), address="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(Client(), address="2001:db8:1:3::1").status_code == 302


def test_ipv4_addresses_in_the_notation_of_ipv6_are_counted_apart(alice):
    for number in range(10):
        sign_in(Client(), f"name{number}", "guess", "::ffff:198.51.100.1")
    assert sign_in(Client(), address="198.51.100.1").status_code == 429
    assert sign_in(Client(), address="::ffff:192.0.2.1").status_code == 302


# Guessing codes, and passwords in a stolen session


def test_an_attacker_who_knows_the_password_cannot_lock_the_owner_out_of_the_second_step(alice, secret):  # noqa: F811
    owner = Client()
    sign_in(owner)
    assert owner.post("/accounts/2fa/authenticate/", {"code": code_for(secret)}).status_code == 302
    owner.post("/accounts/logout/")
    Authenticator.objects.filter(type="totp").update(last_used_at=None)
    for number in range(21):
        attacker, address = Client(), f"203.0.113.{number}"
        sign_in(attacker, address=address)
        attacker.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"}, REMOTE_ADDR=address)
    refused = attacker.post("/accounts/2fa/authenticate/", {"code": "000000"}, REMOTE_ADDR=address)
    assert refused.status_code == 429 and "Too many attempts" in refused.content.decode()
    sign_in(owner)
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    owner.post("/accounts/2fa/authenticate/", {"code": recovery})
    assert is_signed_in(owner)


@pytest.mark.parametrize(
    ("path", "field", "extra"),
    [
        ("/accounts/reauthenticate/", "password", {}),
        (
            "/accounts/password/change/",
            "oldpassword",
            {"password1": "a new good secret", "password2": "a new good secret"},
        ),
        ("/profile/settings/delete/", "password", {}),
    ],
)
def test_guessing_the_password_in_a_stolen_session_does_not_stop_the_owner(alice, path, field, extra):
    thief, owner = Client(), Client()
    for browser in (thief, owner):
        sign_in(browser)
    answers = [thief.post(path, {field: f"guess {number}", **extra}) for number in range(6)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert "Too many attempts" in answers[-1].content.decode()
    assert thief.post(path, {field: PASSWORD, **extra}).status_code == 429
    assert owner.post(path, {field: PASSWORD, **extra}).status_code == 302
