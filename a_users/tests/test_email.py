"""Confirming, changing and removing an email address without revealing who uses it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from a_users.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

ALICES = "alice@example.org"
SIGN_UP = {"username": "dave", "password1": "a long enough secret"}


@pytest.fixture
def known(alice):
    """alice's confirmed email address."""
    User.objects.filter(pk=alice.pk).update(email=ALICES)
    return EmailAddress.objects.create(user=alice, email=ALICES, verified=True, primary=True)


@pytest.fixture
def reauthenticated(signed_in):
    """A function that returns a client whose user has just entered their password."""

    def sign_in(user):
        client = signed_in(user)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client

    return sign_in


def link_in(message):
    [link] = re.findall(r"http://testserver(/\S+)", message.body)
    return link


def addresses_of(user):
    return set(EmailAddress.objects.filter(user=user).values_list("email", "verified"))


def test_an_address_is_confirmed_by_a_click_and_not_by_opening_the_link(client):
    client.post("/accounts/signup/", SIGN_UP | {"email": "dave@example.org"})
    link = link_in(mail.outbox[0])
    assert "Confirm your email address" in client.get(link).content.decode()
    assert not EmailAddress.objects.get().verified, "opening the link, as mail scanners do, must not confirm it"
    assert client.post(link).url == "/accounts/email/"
    assert EmailAddress.objects.get().verified


def test_a_broken_link_shows_an_error(client):
    page = client.get("/accounts/confirm-email/broken:link/").content.decode()
    assert "This link no longer works" in page


def test_the_confirmation_mail_is_resent_a_limited_number_of_times(client):
    client.post("/accounts/signup/", SIGN_UP | {"email": "dave@example.org"})
    for _ in range(5):
        client.post("/accounts/email/", {"email": "dave@example.org", "action_send": ""})
    assert len(mail.outbox) == 3


def test_a_new_address_replaces_the_old_one_once_confirmed(reauthenticated, alice, known):
    client = reauthenticated(alice)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert addresses_of(alice) == {(ALICES, True), ("new@example.org", False)}
    assert "Keep current address" in client.get("/accounts/email/").content.decode()
    client.post(link_in(mail.outbox[0]))
    assert addresses_of(alice) == {("new@example.org", True)}
    alice.refresh_from_db()
    assert alice.email == "new@example.org"
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([ALICES], "Backchat: Your email address was changed")


def test_removing_an_address_notifies_its_owner(reauthenticated, alice, known):
    reauthenticated(alice).post("/accounts/email/", {"email": ALICES, "action_remove": ""})
    assert addresses_of(alice) == set()
    assert [message.to for message in mail.outbox] == [[ALICES]]
    assert mail.outbox[0].subject == "Backchat: Your email address was removed"
    assert "added an email address" in reauthenticated(alice).get("/accounts/email/").content.decode()


@pytest.mark.parametrize("address", ["not an address", "a@b", "x" * 250 + "@example.org", ""])
def test_an_invalid_address_is_rejected(reauthenticated, alice, address):
    page = reauthenticated(alice).post("/accounts/email/", {"email": address, "action_add": ""}).content.decode()
    assert "errorlist" in page
    assert addresses_of(alice) == set()


def test_an_address_that_is_too_long_is_rejected_at_sign_up(client):
    page = client.post("/accounts/signup/", SIGN_UP | {"email": "x" * 250 + "@example.org"}).content.decode()
    assert "Email addresses can be 254 characters at most." in page
    assert not User.objects.exists()


def test_visitors_cannot_open_the_email_page(client):
    assert client.get("/accounts/email/").url == "/?next=/accounts/email/"


def test_users_cannot_change_each_others_addresses(reauthenticated, alice, mallory, known):
    for action in ("action_remove", "action_primary", "action_send"):
        reauthenticated(mallory).post("/accounts/email/", {"email": ALICES, action: ""})
    assert addresses_of(alice) == {(ALICES, True)} and addresses_of(mallory) == set()
    assert mail.outbox == []


def visible_result(response, address):
    """Return what the user sees, without the address itself."""
    page = response.client.get("/accounts/email/").content.decode()
    shown = re.sub(r'value="[^"]{20,}"', "", page).replace(address, "ADDRESS")
    return response.status_code, response.url, shown


def test_signing_up_with_a_taken_address_looks_normal_and_notifies_its_owner(client, known):
    from django.test import Client

    seen = [
        visible_result(Client().post("/accounts/signup/", SIGN_UP | {"username": name, "email": address}), address)
        for name, address in (("erin", "free@example.org"), ("evan", ALICES))
    ]
    assert seen[0] == seen[1] or seen[0][2].replace("erin", "evan") == seen[1][2]
    assert [message.to for message in mail.outbox] == [["free@example.org"], [ALICES]]
    assert mail.outbox[1].subject == "Backchat: You already have an account"
    assert "/accounts/confirm-email/" not in mail.outbox[1].body
    assert addresses_of(User.objects.get(username="evan")) == {(ALICES, False)}


def test_changing_to_a_taken_address_looks_normal(reauthenticated, mallory, known):
    client = reauthenticated(mallory)
    client.post("/accounts/email/", {"email": ALICES, "action_add": ""})
    assert "not confirmed" in client.get("/accounts/email/").content.decode()
    assert mail.outbox[0].subject == "Backchat: You already have an account"


def test_a_password_reset_does_not_reveal_whether_an_address_is_known(client, known):
    pages = []
    for address in (ALICES, "nobody@example.org"):
        response = client.post("/accounts/password/reset/", {"email": address}, follow=True)
        pages.append((response.redirect_chain, response.content))
    assert pages[0] == pages[1]
    assert [message.subject for message in mail.outbox] == [
        "Backchat: Reset your password",
        "Backchat: No account uses this address",
    ]


def test_an_unconfirmed_address_gives_no_access_to_its_owners_account(client, known, mallory):
    EmailAddress.objects.create(user=mallory, email=ALICES, verified=False, primary=True)
    client.post("/accounts/password/reset/", {"email": ALICES})
    assert len(mail.outbox) == 1 and "“alice”" in mail.outbox[0].body


def test_a_password_reset_link_works_once(client, known, alice):
    client.post("/accounts/password/reset/", {"email": ALICES})
    link = link_in(mail.outbox[0])
    form = client.get(link, follow=True)
    data = {"password1": "another good secret", "password2": "another good secret"}
    assert client.post(form.request["PATH_INFO"], data).url == "/accounts/password/reset/key/done/"
    assert "This link no longer works" in client.get(link, follow=True).content.decode()
    alice.refresh_from_db()
    assert alice.check_password("another good secret")
    assert mail.outbox[-1].subject == "Backchat: Your password was reset"
