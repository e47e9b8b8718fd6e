"""Pages that require reauthentication."""

import pytest
from allauth.mfa.models import Authenticator

from a_users.tests.test_two_factor import code_for, secret  # noqa: F401  (a fixture)
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

GUARDED = [
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
    "/accounts/2fa/recovery-codes/download/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/keys/1/remove/",
    "/accounts/2fa/webauthn/keys/1/edit/",
]


@pytest.mark.parametrize("path", GUARDED)
def test_sensitive_pages_require_reauthentication(signed_in, alice, secret, path):  # noqa: F811
    client = signed_in(alice)
    assert "reauthenticate/?next=" in client.get(path).url
    assert client.post(path).status_code in (302, 405)
    page = client.get("/accounts/reauthenticate/", {"next": path}).content.decode()
    assert "Confirm it's you" in page and "Use a code" in page
    assert Authenticator.objects.count() == 2


@pytest.mark.parametrize(
    "path", [*GUARDED, "/accounts/password/set/", "/accounts/password/change/", "/accounts/email/"]
)
def test_visitors_are_redirected_to_sign_in(client, path):
    page = client.get(path, follow=True)
    assert page.redirect_chain and 'action="/accounts/login/"' in page.content.decode()


@pytest.mark.parametrize("password", [PASSWORD, "wrong", ""])
def test_the_right_password_leads_on_and_a_wrong_one_does_not(signed_in, alice, password):
    path = "/accounts/2fa/totp/activate/"
    client = signed_in(alice)
    response = client.post("/accounts/reauthenticate/", {"password": password, "next": path})
    if password == PASSWORD:
        assert response.url == path
        assert client.get(path).status_code == 200
    else:
        assert "errorlist" in response.content.decode()
        assert client.get(path).status_code == 302


def test_a_code_works_as_well(signed_in, alice, secret):  # noqa: F811
    client = signed_in(alice)
    data = {"code": code_for(secret), "next": "/accounts/2fa/recovery-codes/"}
    assert client.post("/accounts/2fa/reauthenticate/", data).url == "/accounts/2fa/recovery-codes/"
    assert "Keep them somewhere you can reach" in client.get("/accounts/2fa/recovery-codes/").content.decode()


@pytest.mark.parametrize("action", ["action_add", "action_remove"])
def test_changing_the_address_requires_reauthentication(signed_in, alice, action):
    alice.emailaddress_set.create(email="alice@example.org", verified=True, primary=True)
    email = "new@example.org" if action == "action_add" else "alice@example.org"
    response = signed_in(alice).post("/accounts/email/", {"email": email, action: ""})
    assert "reauthenticate/?next=" in response.url
    assert [address.email for address in alice.emailaddress_set.all()] == ["alice@example.org"]


@pytest.mark.parametrize("old", ["wrong", ""])
def test_changing_the_password_requires_the_current_one(signed_in, alice, old):
    data = {"oldpassword": old, "password1": "another good secret", "password2": "another good secret"}
    page = signed_in(alice).post("/accounts/password/change/", data).content.decode()
    assert "errorlist" in page
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_setting_a_first_password_requires_the_second_step(signed_in, alice, secret):  # noqa: F811
    alice.set_unusable_password()
    alice.save()
    client = signed_in(alice)
    data = {"password1": "another good secret", "password2": "another good secret"}
    assert "reauthenticate/?next=" in client.post("/accounts/password/set/", data).url
    client.post("/accounts/2fa/reauthenticate/", {"code": code_for(secret)})
    assert client.post("/accounts/password/set/", data).url == "/profile/settings/"
