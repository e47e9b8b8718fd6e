"""One's email address: confirmed by a link, changed, removed; and nobody learns whose it is."""

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
    """alice's confirmed address."""
    User.objects.filter(pk=alice.pk).update(email=ALICES)
    return EmailAddress.objects.create(user=alice, email=ALICES, verified=True, primary=True)


@pytest.fixture
def trusted(signed_in):
    """A function that returns a browser whose user has just shown that it is they."""

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


def test_an_address_is_confirmed_by_the_link_and_only_by_a_click(client):
    client.post("/accounts/signup/", SIGN_UP | {"email": "dave@example.org"})
    link = link_in(mail.outbox[0])
    assert "Is this your address?" in client.get(link).content.decode()
    assert not EmailAddress.objects.get().verified, "a mail scanner that follows the link confirms nothing"
    assert client.post(link).url == "/accounts/email/"
    assert EmailAddress.objects.get().verified


def test_a_spoilt_link_says_so(client):
    page = client.get("/accounts/confirm-email/spoilt:link/").content.decode()
    assert "This link no longer works" in page


def test_the_mail_is_sent_again_but_not_without_end(client):
    client.post("/accounts/signup/", SIGN_UP | {"email": "dave@example.org"})
    for _ in range(5):
        client.post("/accounts/email/", {"email": "dave@example.org", "action_send": ""})
    assert len(mail.outbox) == 3


def test_a_new_address_takes_the_place_of_the_last_when_it_is_confirmed(trusted, alice, known):
    client = trusted(alice)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert addresses_of(alice) == {(ALICES, True), ("new@example.org", False)}
    assert "Keep the old address" in client.get("/accounts/email/").content.decode()
    client.post(link_in(mail.outbox[0]))
    assert addresses_of(alice) == {("new@example.org", True)}
    alice.refresh_from_db()
    assert alice.email == "new@example.org"
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([ALICES], "Backchat: your email address was changed")


def test_an_address_is_removed_and_its_owner_told(trusted, alice, known):
    trusted(alice).post("/accounts/email/", {"email": ALICES, "action_remove": ""})
    assert addresses_of(alice) == set()
    assert [message.to for message in mail.outbox] == [[ALICES]]
    assert mail.outbox[0].subject == "Backchat: your email address was removed"
    assert "no email address" in trusted(alice).get("/accounts/email/").content.decode()


@pytest.mark.parametrize("address", ["not an address", "a@b", "x" * 250 + "@example.org", ""])
def test_what_is_no_address_is_refused(trusted, alice, address):
    page = trusted(alice).post("/accounts/email/", {"email": address, "action_add": ""}).content.decode()
    assert "errorlist" in page
    assert addresses_of(alice) == set()


def test_an_address_that_is_too_long_is_refused_at_sign_up_too(client):
    page = client.post("/accounts/signup/", SIGN_UP | {"email": "x" * 250 + "@example.org"}).content.decode()
    assert "An email address has at most 254 characters." in page
    assert not User.objects.exists()


def test_a_stranger_has_no_address_page(client):
    assert client.get("/accounts/email/").url == "/?next=/accounts/email/"


def test_nobody_touches_anothers_address(trusted, alice, mallory, known):
    for action in ("action_remove", "action_primary", "action_send"):
        trusted(mallory).post("/accounts/email/", {"email": ALICES, action: ""})
    assert addresses_of(alice) == {(ALICES, True)} and addresses_of(mallory) == set()
    assert mail.outbox == []


def what_is_seen(response, address):
    """Return an answer as somebody sees it, without what differs by name."""
    page = response.client.get("/accounts/email/").content.decode()
    shown = re.sub(r'value="[^"]{20,}"', "", page).replace(address, "ADDRESS")
    return response.status_code, response.url, shown


def test_signing_up_with_a_taken_address_looks_like_any_other_and_its_owner_is_told(client, known):
    from django.test import Client

    seen = [
        what_is_seen(Client().post("/accounts/signup/", SIGN_UP | {"username": name, "email": address}), address)
        for name, address in (("erin", "free@example.org"), ("evan", ALICES))
    ]
    assert seen[0] == seen[1] or seen[0][2].replace("erin", "evan") == seen[1][2]
    assert [message.to for message in mail.outbox] == [["free@example.org"], [ALICES]]
    assert mail.outbox[1].subject == "Backchat: you have an account already"
    assert "/accounts/confirm-email/" not in mail.outbox[1].body
    assert addresses_of(User.objects.get(username="evan")) == {(ALICES, False)}


def test_changing_to_a_taken_address_looks_like_any_other(trusted, mallory, known):
    client = trusted(mallory)
    client.post("/accounts/email/", {"email": ALICES, "action_add": ""})
    assert "not confirmed yet" in client.get("/accounts/email/").content.decode()
    assert mail.outbox[0].subject == "Backchat: you have an account already"


def test_asking_for_a_new_password_tells_nobody_whether_an_address_is_known(client, known):
    pages = []
    for address in (ALICES, "nobody@example.org"):
        response = client.post("/accounts/password/reset/", {"email": address}, follow=True)
        pages.append((response.redirect_chain, response.content))
    assert pages[0] == pages[1]
    assert [message.subject for message in mail.outbox] == [
        "Backchat: choose a new password",
        "Backchat: no account has this address",
    ]


def test_an_unconfirmed_claim_on_an_address_gets_no_way_into_the_account(client, known, mallory):
    EmailAddress.objects.create(user=mallory, email=ALICES, verified=False, primary=True)
    client.post("/accounts/password/reset/", {"email": ALICES})
    assert len(mail.outbox) == 1 and "“alice”" in mail.outbox[0].body


def test_the_link_to_a_new_password_works_once(client, known, alice):
    client.post("/accounts/password/reset/", {"email": ALICES})
    link = link_in(mail.outbox[0])
    form = client.get(link, follow=True)
    data = {"password1": "another good secret", "password2": "another good secret"}
    assert client.post(form.request["PATH_INFO"], data).url == "/accounts/password/reset/key/done/"
    assert "This link no longer works" in client.get(link, follow=True).content.decode()
    alice.refresh_from_db()
    assert alice.check_password("another good secret")
    assert mail.outbox[-1].subject == "Backchat: you have a new password"
