"""English and German: every word marked and translated, each page in its reader's language, one fragment for all."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import translation

from a_rtchat import fragments
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.commands import COMMANDS
from a_rtchat.frames import Frame, carry_out_all
from a_rtchat.languages import FRAGMENT_LABELS, FRAGMENT_WORDS, WORDS, of_browser
from a_rtchat.models import Membership, Message
from a_users.models import User
from scripts import messages
from tests.words import bare_in_code, bare_in_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = [path for path in messages.sources() if path.suffix != ".py"]
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def speak_english_again():
    """Forget the language of a test's requests: LocaleMiddleware leaves it behind in the thread."""
    yield
    translation.deactivate()


# --- The words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", messages.languages())
def test_every_marked_word_is_translated_and_compiled(language):
    catalog = messages.stored(language)
    assert messages.troubles(catalog) == [], "run `make messages`, then translate what it lists"
    compiled = messages.path_of(language).with_suffix(".mo").read_bytes()
    assert compiled == messages.compiled(catalog), "run `make messages`"


def test_templates_hold_no_words_outside_of_translate_tags():
    found = {str(path.relative_to(ROOT)): bare_in_template(path) for path in TEMPLATES}
    assert {path: bare for path, bare in found.items() if bare} == {}


def test_the_code_tells_people_nothing_that_is_not_marked():
    modules = [path for path in messages.sources() if path.suffix == ".py"]
    assert {path.name: bare for path in modules if (bare := bare_in_code(path))} == {}


def test_bare_words_are_found(tmp_path):
    template, module = tmp_path / "t.html", tmp_path / "m.py"
    template.write_text('<p title="Hi">{% translate "a b" %} you{% include "x.html" with title="New room" %}</p>')
    module.write_text('raise ValidationError("Not so", code="x")\nfield(label=_("Fine"), help_text="Not fine")')
    assert bare_in_template(template) == ["Hi", "you", "New room"]
    assert bare_in_code(module) == ["'Not so'", "'Not fine'"]


def test_the_scripts_say_the_words_that_the_page_brings():
    scripts = "".join(path.read_text() for path in ROOT.glob("static/js/*.js"))
    said = set(re.findall(r"\bwords\.(\w+)", scripts)) - {"js"}
    in_numbers = {f"{name}_{form}" for name in re.findall(r'plural\("(\w+)"', scripts) for form in ("one", "other")}
    assert said | in_numbers | {*FRAGMENT_WORDS, *FRAGMENT_LABELS} == set(WORDS)


# --- Pages -----------------------------------------------------------------------------------------------------------


def prefers(user: User, language: str) -> User:
    """Let a user choose a language."""
    user.language = language
    user.save(update_fields=["language"])
    return user


def test_a_page_speaks_the_language_that_its_reader_has_chosen(signed_in, alice, lobby):
    page = signed_in(prefers(alice, "de")).get("/rooms/lobby/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="de"' in page and 'placeholder="Nachricht an Lobby"' in page and "Wird gesendet" in page
    english = signed_in(prefers(alice, "en")).get("/rooms/lobby/", headers=GERMAN).content.decode()
    assert '<html lang="en"' in english and 'placeholder="Message Lobby"' in english


def test_a_reader_who_has_not_chosen_is_spoken_to_as_their_browser_asks(signed_in, alice, lobby):
    page = signed_in(alice).get("/rooms/new/", headers=GERMAN).content.decode()
    assert "Neuer Raum" in page and "Offen: Wer angemeldet ist" in page


@pytest.mark.django_db
def test_a_stranger_is_spoken_to_as_their_browser_asks():
    answer = Client().get("/nowhere/", headers=GERMAN)
    assert answer.status_code == 404 and "Hier ist nichts" in answer.content.decode()
    assert '<html lang="de"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "fr", "en-GB,de;q=0.5", "*", "d" * 600])
def test_everybody_else_is_spoken_to_in_english(asked):
    page = Client().get("/nowhere/", HTTP_ACCEPT_LANGUAGE=asked).content.decode()
    assert "Nothing here" in page and '<html lang="en"' in page


def test_numbers_of_people_are_said_in_the_right_form(signed_in, mallory, lobby, studio):
    client = signed_in(prefers(mallory, "de"))
    assert "3 Personen" in client.get("/rooms/").content.decode()
    Membership.objects.exclude(role="owner").delete()
    assert "1 Person<" in client.get("/rooms/").content.decode()


def test_a_refused_form_says_why_in_german(signed_in, alice):
    client = signed_in(prefers(alice, "de"))
    assert "Gib dem Raum einen Namen." in client.post("/rooms/new/", {"name": " "}).content.decode()
    assert "Kein Raum hat diesen Code." in client.post("/rooms/join/", {"code": "none"}).content.decode()


@pytest.mark.django_db
def test_the_entry_page_and_its_refusals_are_german():
    client = Client(headers=GERMAN)
    page = client.get("/").content.decode()
    assert "Konto erstellen" in page and "Benutzername oder E-Mail" in page and "Sprich mit deinem Team" in page
    refused = client.post("/accounts/signup/", {"username": "admin", "password1": "korrekt pferd batterie"})
    assert "Dieser Name ist reserviert." in refused.content.decode()


@pytest.mark.parametrize("path", ["/profile/settings/", "/profile/edit/", "/accounts/2fa/", "/accounts/sessions/"])
def test_the_settings_are_german(just_in, alice, path):
    page = just_in(prefers(alice, "de")).get(path).content.decode()
    assert "Anmeldung in zwei Schritten" in page and "Deine Daten" in page


def test_a_mail_is_in_the_language_of_who_asks_for_it(alice, mailoutbox):
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
    Client(headers=GERMAN).post("/accounts/password/reset/", {"email": "alice@example.org"})
    mail = mailoutbox[0]
    assert mail.subject == "Backchat: wähle ein neues Passwort" and "für dein Konto „alice“ angefordert." in mail.body
    html = str(mail.alternatives[0][0])
    assert '<html lang="de">' in html and ">Neues Passwort wählen</a>" in html


# --- One fragment for all --------------------------------------------------------------------------------------------


def states_of(message: Message, membership: Membership) -> list[str]:
    """Return the fragments of a message as it is posted, edited and deleted."""
    states = [fragments.message(message)]
    states.append(fragments.message(edit_message(membership, message.seq, "changed")))
    return [*states, fragments.message(delete_message(membership, message.seq))]


def test_a_message_is_the_same_bytes_whoever_causes_it(membership):
    message = post_message(membership, "Guten Tag")[0]
    with translation.override("de"):
        said = states_of(message, membership)
        assert translation.get_language() == "de"
    assert "Edit message" in said[0] and ">edited<" in said[1] and "This message was deleted." in said[2]
    german = [word for word in ("bearbeite", "gelöscht", "Nachricht") if word in "".join(said)]
    assert german == []


def test_a_post_over_http_is_told_to_all_in_the_same_words(signed_in, alice, lobby, monkeypatch):
    told: list[str] = []
    monkeypatch.setattr(
        "a_live.events._send", lambda group, event: told.extend(change.html for change in event["changes"])
    )
    client = signed_in(prefers(alice, "de"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda then: then())
        answer = client.post("/rooms/lobby/messages/", {"body": "Hallo"}, headers={"HX-Request": "true"})
    assert told == [answer.content.decode()] == [fragments.message(Message.objects.for_display().get())]
    assert "Edit message" in told[0]


def test_a_page_shows_its_messages_in_its_readers_words_without_a_script(signed_in, alice, membership):
    states_of(post_message(membership, "Guten Tag")[0], membership)
    assert "Diese Nachricht wurde gelöscht." in signed_in(prefers(alice, "de")).get("/rooms/lobby/").content.decode()


# --- For one person alone --------------------------------------------------------------------------------------------


def test_a_refused_frame_is_answered_in_its_senders_language(alice, lobby):
    frames = [Frame(alice.pk, "lobby", COMMANDS["post"], {"body": " "}, language) for language in ("de", "en")]
    replies = [reply.html if reply else "" for reply in carry_out_all(frames)]
    assert "Schreib erst etwas." in replies[0] and "Write something first." in replies[1]


def test_a_socket_speaks_as_a_page_of_its_browser_would():
    assert of_browser({b"accept-language": b"de-CH,en;q=0.5"}, {}) == "de"
    assert of_browser({b"accept-language": b"de"}, {settings.LANGUAGE_COOKIE_NAME: "en"}) == "en"
    assert of_browser({b"accept-language": b"\xff\xfe;q=x"}, {}) == of_browser({}, {}) == "en"


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_language_costs_the_room_page_no_query(signed_in, carol, membership, language, django_assert_max_num_queries):
    client = signed_in(prefers(carol, language))
    client.get("/rooms/lobby/")
    with django_assert_max_num_queries(6):
        client.get("/rooms/lobby/")
