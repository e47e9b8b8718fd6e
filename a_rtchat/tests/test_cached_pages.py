"""Cached page templates: filled in, they equal the rendered template."""

import pytest
from django.template.loader import render_to_string

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import post_message
from a_rtchat.languages import WORDS
from a_rtchat.models import Room
from a_rtchat.views import frame
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db

ODD = '<b>x</b> & "y" \' <:title:> {{ z }} %(w)s 👋 مرحبا'


@pytest.fixture
def responses(monkeypatch):
    """The pages of all responses: template, variant, values, request, content."""
    pages: list[tuple] = []

    def record(request, template, variant, values, status=200):
        response = respond(request, template, variant, values, status)
        pages.append((template, variant, values, request, response.content.decode()))
        return response

    respond = frame.respond
    for module in ("pages", "discover"):
        monkeypatch.setattr(f"a_rtchat.views.{module}.respond", record)
    return pages


def fresh(template, variant, values, request, content):
    """Return a page rendered without gaps, with the CSRF token of the response."""
    token = content.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    context = {**variant, **values, "user": request.user, "csrf_token": token, "words": WORDS}
    return render_to_string(template, context)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("theme", ["system", "dark"])
def test_a_cached_page_equals_a_fresh_one(signed_in, alice, mallory, lobby, membership, responses, language, theme):
    for user in (alice, mallory):
        user.language, user.theme = language, theme
        user.save()
        user.profile.display_name = ODD[:60]
        user.profile.save()
    Room.objects.filter(pk=lobby.pk).update(name=ODD, description=ODD)
    for n in range(60):
        post_message(membership, f"{ODD} {n}")
    make_room("open", Room.Kind.OPEN, owner=make_user("zoe"))
    direct, notes = open_direct_room(alice, mallory), open_direct_room(alice, alice)
    hers, visitor = signed_in(alice), signed_in(mallory)
    paths = ["/rooms/lobby/", "/rooms/", "/rooms/lobby/messages/?before=20", "/rooms/lobby/messages/?before=60"]
    paths += ["/rooms/?q=<b>", direct.get_absolute_url(), notes.get_absolute_url()]
    for client, path in [*((hers, path) for path in paths), (visitor, "/rooms/lobby/"), (visitor, "/rooms/")] * 2:
        assert client.get(path).status_code == 200
    assert hers.post("/rooms/lobby/messages/", {"body": f"{ODD}\0"}).status_code == 422
    assert len(responses) == 19
    with frame_language(language):
        for page in responses:
            assert page[-1] == fresh(*page)


def frame_language(language):
    from django.utils import translation

    return translation.override(language)


def test_user_input_cannot_fill_a_gap(signed_in, alice, lobby, membership):
    Room.objects.filter(pk=lobby.pk).update(name="<:messages_html:>")
    post_message(membership, "<:csrf_token:>")
    page = signed_in(alice).get("/rooms/lobby/").content.decode()
    assert "&lt;:messages_html:&gt;" in page and "&lt;:csrf_token:&gt;" in page and page.count("<article") == 2


def test_nobody_gets_anothers_token_or_nonce(signed_in, alice, bob, lobby):
    pages = [signed_in(user).get("/rooms/lobby/") for user in (alice, bob, alice)]
    texts = [page.content.decode() for page in pages]
    for mark in ('name="csrfmiddlewaretoken" value="', 'nonce="'):
        assert len({text.partition(mark)[2].partition('"')[0] for text in texts}) == 3
    for page, text in zip(pages, texts, strict=True):
        nonce = text.partition('nonce="')[2].partition('"')[0]
        assert f"'nonce-{nonce}'" in page.headers["Content-Security-Policy"]
