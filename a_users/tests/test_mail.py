"""All mails: text and HTML parts, subjects, and working links."""

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings as django_settings
from django.core import mail
from django.test import RequestFactory
from django.utils import timezone

from a_users.mail import render_html
from tests.services import free_port

pytestmark = pytest.mark.django_db

ALLAUTHS = Path(allauth.__file__).parent / "templates"
PREFIXES = sorted(
    str(path.relative_to(ALLAUTHS)).removesuffix("_subject.txt") for path in ALLAUTHS.glob("*/email/*_subject.txt")
)
CONTEXT = {
    "activate_url": "https://chat.example/confirm/",
    "password_reset_url": "https://chat.example/reset/",
    "signup_url": "https://chat.example/signup/",
    "code": "ABC-DEF",
    "username": "alice",
    "ip": "192.0.2.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "from_email": "old@example.org",
    "to_email": "new@example.org",
    "deleted_email": "old@example.org",
    "provider": "GitHub",
}


@pytest.fixture
def send(alice):
    """A function that sends a mail to alice as allauth does."""

    def send_one(prefix, **extra):
        request = RequestFactory().get("/", headers={"host": "testserver"})
        with context.request_context(request):
            data = CONTEXT | {"user": alice, "timestamp": timezone.now()} | extra
            get_adapter().send_mail(prefix, "alice@example.org", data)
        return mail.outbox[-1]

    return send_one


def html_of(message):
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    return html


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_mail_has_a_subject_text_and_html(send, prefix):
    message = send(prefix)
    html = html_of(message)
    assert re.fullmatch(r"Backchat: [A-Z].{8,60}", message.subject)
    assert message.from_email == django_settings.DEFAULT_FROM_EMAIL
    assert "Backchat at testserver" in message.body and "Backchat at testserver" in html
    for text in (message.subject, message.body, html):
        assert "example.com" not in text and "{" not in re.sub(r"(?s)<style>.*</style>", "", text)
    assert (django_settings.BASE_DIR / "templates" / f"{prefix}_message.txt").exists()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_html_contains_the_links_of_the_text(send, prefix):
    message = send(prefix, code="")
    words = re.sub(r"(?s)<style>.*</style>|<[^>]+>", " ", html_of(message))
    for url in re.findall(r"https?://\S+", message.body):
        assert html_of(message).count(f'href="{url}"') == 2, "a button and a plain link"
    assert "Hello," in words and words.count("testserver") >= 1


def test_a_code_is_shown_in_a_box(send):
    assert re.search(r'class="mail__code"[^>]*>ABC-DEF<', html_of(send("account/email/login_code")))


def test_user_input_is_escaped(send):
    message = send("account/email/email_changed", to_email='"<b>x</b>"@example.org', user_agent="<img src=x>")
    assert "<b>x" not in html_of(message) and "<img" not in html_of(message)
    assert '"<b>x</b>"@example.org' in message.body


def test_user_input_cannot_add_a_button(send):
    html = html_of(send("account/email/password_reset_key", username="click here:\nhttps://evil.example/"))
    assert 'href="https://evil.example/' not in html
    assert "evil.example" not in re.findall(
        'href="([^"]+)"', render_html("a: b", "x https://evil.example/\n\nBye", "Go")
    )


def test_links_use_the_requested_host(client, alice, settings):
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
    client.post("/accounts/password/reset/", {"email": "alice@example.org"}, headers={"host": "chat.example.org"})
    assert "http://chat.example.org/accounts/password/reset/key/" in mail.outbox[0].body


def test_changes_are_mailed_only_to_a_confirmed_address(signed_in, alice):
    address = EmailAddress.objects.create(user=alice, email="not-hers@example.org", verified=False, primary=True)
    data = {
        "oldpassword": "correct horse battery",
        "password1": "another good secret",
        "password2": "another good secret",
    }
    signed_in(alice).post("/accounts/password/change/", data)
    assert mail.outbox == []
    address.set_verified()
    back = {"oldpassword": "another good secret", "password1": "yet another secret", "password2": "yet another secret"}
    alice.refresh_from_db()
    signed_in(alice).post("/accounts/password/change/", back)
    assert [message.to for message in mail.outbox] == [["not-hers@example.org"]]
    assert "Unknown browser" in mail.outbox[0].body and "/accounts/sessions/" in mail.outbox[0].body


def test_signing_up_works_when_mail_cannot_be_sent(client, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    data = {"username": "dave", "password1": "a long enough secret", "email": "dave@example.org"}
    assert client.post("/accounts/signup/", data).status_code == 302
    assert "could not send" in caplog.text
