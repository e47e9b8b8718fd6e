"""Floods of sign-ups, exports, names and mails."""

import time

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from a_users import export
from a_users.forms.entry import sign_ups
from a_users.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

OFFICE_SIZE = int(sign_ups.bucket.burst)
OFFICE, OTHERS = "192.0.2.1", "198.51.100.1"
ALICES = "alice@example.org"


@pytest.fixture
def known(alice):
    """alice's confirmed email address."""
    return EmailAddress.objects.create(user=alice, email=ALICES, verified=True, primary=True)


def sign_up(name: str, address: str = OFFICE, **typed: str):
    data = {"username": name, "password1": "a long enough secret", **typed}
    return Client().post("/accounts/signup/", data, REMOTE_ADDR=address)


def test_an_office_can_sign_up_together_and_a_flood_is_stopped():
    assert {sign_up(f"colleague{number}").status_code for number in range(OFFICE_SIZE)} == {302}
    refused = sign_up("straggler", email="s@example.org")
    page = refused.content.decode()
    assert refused.status_code == 429 and "from your network" in page
    assert 'value="straggler"' in page and 'value="s@example.org"' in page
    assert User.objects.count() == OFFICE_SIZE
    assert sign_up("dave", OTHERS).status_code == 302


def test_invalid_sign_ups_do_not_use_up_the_offices(alice):
    for _ in range(50):
        assert sign_up("alice").status_code == 200
    assert sign_up("dave").status_code == 302


def test_exports_are_limited_per_user_where_they_are_asked_for(just_signed_in, alice, bob, monkeypatch):
    started: list[User] = []
    monkeypatch.setattr("a_users.views.leaving.start_export", started.append)
    client = just_signed_in(alice)
    answers = [client.post("/profile/settings/export/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429] and len(started) == 3
    assert "Try again in" in answers[-1].content.decode()
    assert just_signed_in(bob).post("/profile/settings/export/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_asking_for_an_export_does_not_wait_for_it(just_signed_in, alice, monkeypatch):
    blocked = export.threads.submit(time.sleep, 1)
    client = just_signed_in(alice)
    client.post("/profile/settings/export/")
    assert not blocked.done(), "the page waited for the thread that writes exports"
    assert "Preparing your data" in client.get("/profile/settings/export/").content.decode()
    export.threads.submit(lambda: None).result(timeout=10)


def test_renames_are_limited_and_keep_what_was_typed(just_signed_in, alice):
    client = just_signed_in(alice)
    answers = [client.post("/profile/settings/username/", {"username": f"alice{number}"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    page = answers[-1].content.decode()
    assert "changed your username several times" in page and 'value="alice5"' in page


def test_profile_changes_are_limited_and_keep_what_was_typed(signed_in, alice):
    client = signed_in(alice)
    answers = [client.post("/profile/edit/", {"about": f"version {number}"}) for number in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert "version 20" in answers[-1].content.decode()


# Mails


def ask_for_reset(email: str = ALICES, address: str = OTHERS, browser: Client | None = None):
    return (browser or Client()).post("/accounts/password/reset/", {"email": email}, REMOTE_ADDR=address)


@pytest.mark.parametrize("email", [ALICES, "nobody@example.org"])
def test_a_victim_gets_few_reset_mails_from_any_number_of_addresses(known, email):
    answers = [ask_for_reset(email if number % 2 else email.upper(), f"203.0.113.{number}") for number in range(20)]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429] * 17
    page = answers[-1].content.decode()
    assert len(mail.outbox) == 3 and "several emails already" in page and f'value="{email}"' in page


def test_the_owner_can_still_ask_for_a_reset_on_a_device_they_have_used(known):
    owner = Client()
    owner.post("/accounts/login/", {"login": "alice", "password": PASSWORD})
    owner.post("/accounts/logout/")
    for number in range(20):
        ask_for_reset(address=f"203.0.113.{number}")
    assert ask_for_reset(browser=owner, address=OFFICE).status_code == 302 and len(mail.outbox) == 4


def test_one_sender_cannot_mail_many_strangers():
    answers = [ask_for_reset(f"victim{number}@example.org").status_code for number in range(25)]
    assert answers == [302] * 20 + [429] * 5


def test_accounts_that_share_an_unconfirmed_address_do_not_multiply_mails():
    for number in range(10):
        user = User.objects.create_user(f"sock{number}")
        EmailAddress.objects.create(user=user, email="victim@example.org")
    ask_for_reset("victim@example.org")
    assert len(mail.outbox) == 3


def test_a_victim_gets_few_confirmation_mails_from_any_number_of_accounts():
    for number in range(20):
        sign_up(f"sock{number}", f"203.0.113.{number}", email="victim@example.org")
    assert User.objects.count() == 20 and len(mail.outbox) == 3


def test_resending_a_confirmation_beyond_the_limit_says_so(signed_in, alice):
    EmailAddress.objects.create(user=alice, email=ALICES)
    client = signed_in(alice)
    answers = [client.post("/accounts/email/", {"email": ALICES, "action_send": ""}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429]
    assert "several emails already" in answers[-1].content.decode() and len(mail.outbox) == 3


def test_adding_addresses_is_limited_and_keeps_what_was_typed(just_signed_in, alice):
    client = just_signed_in(alice)
    for number in range(6):
        answer = client.post("/accounts/email/", {"email": f"victim{number}@example.org", "action_add": ""})
    page = answer.content.decode()
    assert answer.status_code == 429 and "added several addresses" in page and 'value="victim5@example.org"' in page
    assert len(mail.outbox) == 5


# A server that can't send mails


@pytest.fixture
def without_mail(settings):
    settings.CAN_SEND_MAIL = False


def test_without_mail_a_reset_is_not_offered(without_mail, known, client):
    page = client.get("/accounts/password/reset/")
    assert page.status_code == 200 and "Ask an administrator" in page.content.decode()
    assert 'name="email"' not in page.content.decode()
    assert ask_for_reset().status_code == 503 and mail.outbox == []


def test_without_mail_signing_up_claims_no_confirmation(without_mail, client):
    assert "This server can't send email" in client.get("/").content.decode()
    data = {"username": "dave", "password1": "a long enough secret", "email": "dave@example.org"}
    page = client.post("/accounts/signup/", data, follow=True).content.decode()
    assert User.objects.get().email == "dave@example.org"
    assert "We sent an email" not in page and mail.outbox == []


def test_without_mail_an_address_cannot_be_added_or_confirmed(without_mail, just_signed_in, alice):
    client = just_signed_in(alice)
    page = client.get("/accounts/email/").content.decode()
    assert "This server can't send email" in page
    assert "action_add" not in page
    EmailAddress.objects.create(user=alice, email=ALICES)
    page = client.get("/accounts/email/").content.decode()
    assert "can't be confirmed" in page and "action_send" not in page and "action_remove" in page
    client.post("/accounts/email/", {"email": ALICES, "action_send": ""})
    assert mail.outbox == []
