"""English and German: translations are complete, pages use the reader's language, fragments are the same for all."""

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
from a_rtchat.languages import FRAGMENT_LABELS, FRAGMENT_WORDS, LIST_WORDS, WORDS, browser_language
from a_rtchat.models import Membership, Message
from a_users.models import User
from scripts import translations
from tests.words import unmarked_in_code, unmarked_in_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = [path for path in translations.sources() if path.suffix != ".py"]
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def reset_language():
    """Reset the language that LocaleMiddleware leaves active in the thread."""
    yield
    translation.deactivate()


# --- Strings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", translations.languages())
def test_every_marked_string_is_translated_and_compiled(language):
    catalog = translations.load_catalog(language)
    assert translations.problems(catalog) == [], "run `make messages`, then translate the strings it lists"
    compiled = translations.po_path(language).with_suffix(".mo").read_bytes()
    assert compiled == translations.compile_mo(catalog), "run `make messages`"


def test_templates_have_no_text_outside_translate_tags():
    found = {str(path.relative_to(ROOT)): unmarked_in_template(path) for path in TEMPLATES}
    assert {path: unmarked for path, unmarked in found.items() if unmarked} == {}


def test_the_code_has_no_unmarked_user_facing_strings():
    modules = [path for path in translations.sources() if path.suffix == ".py"]
    assert {path.name: unmarked for path in modules if (unmarked := unmarked_in_code(path))} == {}


def test_unmarked_strings_are_found(tmp_path):
    template, module = tmp_path / "t.html", tmp_path / "m.py"
    template.write_text('<p title="Hi">{% translate "a b" %} you{% include "x.html" with title="New room" %}</p>')
    module.write_text('raise ValidationError("Not so", code="x")\nfield(label=_("Fine"), help_text="Not fine")')
    assert unmarked_in_template(template) == ["Hi", "you", "New room"]
    assert unmarked_in_code(module) == ["'Not so'", "'Not fine'"]


def test_the_scripts_use_the_words_in_the_page():
    scripts = "".join(path.read_text() for path in ROOT.glob("static/js/*.js"))
    used = set(re.findall(r"\bwords\.(\w+)", scripts)) - {"js"}
    plurals = {f"{name}_{form}" for name in re.findall(r'plural\("(\w+)"', scripts) for form in ("one", "other")}
    templates = "".join(path.read_text() for path in ROOT.glob("templates/**/*.html"))
    marked = set(re.findall(r'data-word(?:-label)?="(\w+)"', templates))
    assert used | plurals | marked | {*FRAGMENT_WORDS, *FRAGMENT_LABELS, *LIST_WORDS} == set(WORDS)


# --- Pages -----------------------------------------------------------------------------------------------------------


def prefers(user: User, language: str) -> User:
    """Set a user's language."""
    user.language = language
    user.save(update_fields=["language"])
    return user


def test_a_page_uses_the_language_its_reader_has_chosen(signed_in, alice, lobby):
    page = signed_in(prefers(alice, "de")).get("/rooms/lobby/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert '<html lang="de"' in page and 'placeholder="Nachricht an Lobby"' in page and "Wird gesendet" in page
    english = signed_in(prefers(alice, "en")).get("/rooms/lobby/", headers=GERMAN).content.decode()
    assert '<html lang="en"' in english and 'placeholder="Message Lobby"' in english


def test_without_a_choice_a_page_uses_the_browsers_language(signed_in, alice, lobby):
    page = signed_in(alice).get("/rooms/new/", headers=GERMAN).content.decode()
    assert "Neuer Raum" in page and "Offen: Alle können beitreten" in page


@pytest.mark.django_db
def test_visitors_get_the_browsers_language():
    response = Client().get("/nowhere/", headers=GERMAN)
    assert response.status_code == 404 and "Seite nicht gefunden" in response.content.decode()
    assert '<html lang="de"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "fr", "en-GB,de;q=0.5", "*", "d" * 600])
def test_every_other_browser_gets_english(header):
    page = Client().get("/nowhere/", HTTP_ACCEPT_LANGUAGE=header).content.decode()
    assert "Page not found" in page and '<html lang="en"' in page


def test_the_number_of_members_uses_the_right_plural(signed_in, mallory, lobby, studio):
    client = signed_in(prefers(mallory, "de"))
    assert "3 Mitglieder" in client.get("/rooms/").content.decode()
    Membership.objects.exclude(role="owner").delete()
    assert "1 Mitglied<" in client.get("/rooms/").content.decode()


def test_form_errors_are_in_german(signed_in, alice):
    client = signed_in(prefers(alice, "de"))
    assert "Gib einen Namen für den Raum ein." in client.post("/rooms/new/", {"name": " "}).content.decode()
    assert "Kein Raum hat diesen Code." in client.post("/rooms/join/", {"code": "none"}).content.decode()


@pytest.mark.django_db
def test_the_entry_page_and_its_errors_are_in_german():
    client = Client(headers=GERMAN)
    page = client.get("/").content.decode()
    assert "Registrieren" in page and "Benutzername oder E-Mail" in page and "Sprich mit deinem Team" in page
    rejected = client.post("/accounts/signup/", {"username": "admin", "password1": "korrekt pferd batterie"})
    assert "Dieser Benutzername ist reserviert." in rejected.content.decode()


@pytest.mark.parametrize("path", ["/profile/settings/", "/profile/edit/", "/accounts/2fa/", "/accounts/sessions/"])
def test_the_settings_are_in_german(just_signed_in, alice, path):
    page = just_signed_in(prefers(alice, "de")).get(path).content.decode()
    assert "Anmeldung in zwei Schritten" in page and "Deine Daten" in page


def test_a_mail_uses_the_language_of_the_request(alice, mailoutbox):
    EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True, primary=True)
    Client(headers=GERMAN).post("/accounts/password/reset/", {"email": "alice@example.org"})
    mail = mailoutbox[0]
    assert mail.subject == "Backchat: Setze dein Passwort zurück" and "deines Kontos „alice“" in mail.body
    html = str(mail.alternatives[0][0])
    assert '<html lang="de">' in html and ">Neues Passwort wählen</a>" in html


# --- Fragments --------------------------------------------------------------------------------------------


def message_states(message: Message, membership: Membership) -> list[str]:
    """Return a message's fragments after it is posted, edited and deleted."""
    states = [fragments.message(message)]
    states.append(fragments.message(edit_message(membership, message.seq, "changed")))
    return [*states, fragments.message(delete_message(membership, message.seq))]


def test_a_message_is_the_same_for_every_sender_language(membership):
    message = post_message(membership, "Guten Tag")[0]
    with translation.override("de"):
        states = message_states(message, membership)
        assert translation.get_language() == "de"
    assert "Actions" in states[0] and ">edited<" in states[1] and "This message was deleted." in states[2]
    german = [word for word in ("bearbeite", "gelöscht", "Nachricht") if word in "".join(states)]
    assert german == []


def test_a_post_over_http_sends_the_same_fragment_to_all(signed_in, alice, lobby, monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr(
        "a_live.events._send", lambda group, event: sent.extend(change.html for change in event.get("changes", ()))
    )
    client = signed_in(prefers(alice, "de"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda then: then())
        response = client.post("/rooms/lobby/messages/", {"body": "Hallo"}, headers={"HX-Request": "true"})
    assert sent == [response.content.decode()] == [fragments.message(Message.objects.for_display().get())]
    assert "Actions" in sent[0]


def test_a_page_translates_its_messages_without_a_script(signed_in, alice, membership):
    message_states(post_message(membership, "Guten Tag")[0], membership)
    assert "Diese Nachricht wurde gelöscht." in signed_in(prefers(alice, "de")).get("/rooms/lobby/").content.decode()


# --- Replies --------------------------------------------------------------------------------------------


def test_a_rejected_frame_is_answered_in_its_senders_language(alice, lobby):
    frames = [Frame(alice.pk, "lobby", COMMANDS["post"], {"body": " "}, language) for language in ("de", "en")]
    replies = [reply.html if reply else "" for reply in carry_out_all(frames)]
    assert "Schreib erst etwas." in replies[0] and "Write something first." in replies[1]


def test_a_socket_uses_the_language_of_its_browser():
    assert browser_language({b"accept-language": b"de-CH,en;q=0.5"}, {}) == "de"
    assert browser_language({b"accept-language": b"de"}, {settings.LANGUAGE_COOKIE_NAME: "en"}) == "en"
    assert browser_language({b"accept-language": b"\xff\xfe;q=x"}, {}) == browser_language({}, {}) == "en"


@pytest.mark.parametrize("language", ["en", "de"])
def test_translating_the_room_page_costs_no_query(
    signed_in, carol, membership, language, django_assert_max_num_queries
):
    client = signed_in(prefers(carol, language))
    client.get("/rooms/lobby/")
    with django_assert_max_num_queries(6):
        client.get("/rooms/lobby/")
