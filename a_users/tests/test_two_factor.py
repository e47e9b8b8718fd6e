"""Two-step sign-in: authenticator apps, recovery codes and passkeys."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client

from conftest import PASSWORD

pytestmark = pytest.mark.django_db


def code_for(secret, steps=0):
    """Return the code an authenticator app shows for a secret, `steps` half-minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def reauthenticate(client):
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def secret(alice):
    """The secret of alice's authenticator app; she also has recovery codes."""
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(alice)
    return "JBSWY3DPEHPK3PXP"


@pytest.fixture
def at_second_step(secret):
    """A client that has entered alice's password."""
    client = Client()
    response = client.post("/accounts/login/", {"login": "alice", "password": PASSWORD, "next": "/rooms/new/"})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    return client


def test_an_authenticator_app_is_set_up_with_the_shown_secret(signed_in, alice):
    client = reauthenticate(signed_in(alice))
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    [secret] = re.findall(r'id="authenticator_secret">(\w+)<', page)
    assert 'src="data:image/svg+xml' in page and "style=" not in page.replace("data:image", "")
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)}, follow=True)
    assert "10 of 10 left" in response.content.decode()
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


@pytest.mark.parametrize("code", ["000000", "", "letters", "१२३४५६", "1" * 500])
def test_a_wrong_code_does_not_turn_it_on(signed_in, alice, code):
    client = reauthenticate(signed_in(alice))
    client.get("/accounts/2fa/totp/activate/")
    assert "errorlist" in client.post("/accounts/2fa/totp/activate/", {"code": code}).content.decode()
    assert not Authenticator.objects.exists()


def test_the_password_alone_is_not_enough(at_second_step):
    assert at_second_step.get("/rooms/").status_code == 302
    page = at_second_step.get("/accounts/2fa/authenticate/").content.decode()
    assert "Two-step sign-in" in page and "Use a passkey" not in page


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_works_with_a_clock_half_a_minute_off(at_second_step, secret, steps):
    response = at_second_step.post("/accounts/2fa/authenticate/", {"code": code_for(secret, steps)})
    assert response.url == "/rooms/new/"
    assert at_second_step.get("/rooms/").status_code == 200


@pytest.mark.parametrize("code", ["000000", "", "12 34", "\x00", "१२३४५६", "9" * 500])
def test_a_wrong_code_shows_an_error(at_second_step, code):
    page = at_second_step.post("/accounts/2fa/authenticate/", {"code": code}).content.decode()
    assert "errorlist" in page
    assert at_second_step.get("/rooms/").status_code == 302


def test_a_code_works_once(at_second_step, secret):
    code = code_for(secret)
    at_second_step.post("/accounts/2fa/authenticate/", {"code": code})
    thief = Client()
    thief.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    page = thief.post("/accounts/2fa/authenticate/", {"code": code}).content.decode()
    assert "wrong or already used" in page


def test_a_recovery_code_works_once(at_second_step, alice):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert at_second_step.post("/accounts/2fa/authenticate/", {"code": code}).url == "/rooms/new/"
    again = Client()
    again.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    assert "errorlist" in again.post("/accounts/2fa/authenticate/", {"code": code}).content.decode()


def test_guessing_codes_is_rate_limited(at_second_step, secret):
    for n in range(6):
        at_second_step.post("/accounts/2fa/authenticate/", {"code": f"{n:06}"})
    page = at_second_step.post("/accounts/2fa/authenticate/", {"code": code_for(secret)}).content.decode()
    assert "Too many" in page
    cache.clear()


def test_resetting_the_password_does_not_skip_the_second_step(at_second_step, alice):
    alice.set_password("another good secret")
    alice.save()
    client = Client()
    response = client.post("/accounts/login/", {"login": "alice", "password": "another good secret"})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")


def test_turning_it_off_is_mailed(signed_in, alice, secret):
    alice.emailaddress_set.create(email="alice@example.org", verified=True, primary=True)
    client = reauthenticate(signed_in(alice))
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert [message.subject for message in mail.outbox] == ["Backchat: Authenticator app turned off"]


def test_recovery_codes_are_downloaded_as_text(signed_in, alice, secret):
    response = reauthenticate(signed_in(alice)).get("/accounts/2fa/recovery-codes/download/")
    assert response["Content-Type"].startswith("text/plain") and "attachment" in response["Content-Disposition"]
    text = response.content.decode()
    assert len(re.findall(r"^\d{8}$|^[\w-]{8,}$", text, re.MULTILINE)) == 10 and "alice" in text


def test_users_cannot_change_each_others_passkeys(signed_in, alice, mallory):
    hers = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "hers", "credential": {}})
    client = reauthenticate(signed_in(mallory))
    for action in ("remove", "edit"):
        assert client.post(f"/accounts/2fa/webauthn/keys/{hers.pk}/{action}/", {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "hers"


MALFORMED_PASSKEYS = [
    *("", "null", "{}", "[]", "1", '{"id": 1}', '{"id": "MQ", "rawId": "MQ"}', '{"response": {"userHandle": "MQ"}}'),
    '{"id": "MQ", "rawId": "MQ", "type": "public-key", "response": {"clientDataJSON": "MQ", "authenticatorData": "MQ",'
    ' "signature": "MQ", "userHandle": "MQ", "attestationObject": "MQ"}}',
    "[" * 5000,
]


@pytest.mark.parametrize("credential", MALFORMED_PASSKEYS)
def test_a_malformed_passkey_does_not_sign_in(client, alice, credential):
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})
    response = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert response.url == "/accounts/login/"
    assert client.get("/rooms/").status_code == 302


@pytest.mark.parametrize("credential", MALFORMED_PASSKEYS)
def test_a_malformed_passkey_is_not_added_and_is_no_second_step(signed_in, at_second_step, alice, credential):
    client = reauthenticate(signed_in(alice))
    client.get("/accounts/2fa/webauthn/add/")
    page = client.post("/accounts/2fa/webauthn/add/", {"credential": credential, "passwordless": "on"})
    assert "That didn't work" in page.content.decode()
    at_second_step.get("/accounts/2fa/authenticate/")
    assert at_second_step.post("/accounts/2fa/authenticate/", {"credential": credential}).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()
