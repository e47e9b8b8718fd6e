"""The card of a person over a room: their profile without the page around it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat.models import Block
from conftest import make_user

pytestmark = pytest.mark.django_db

CARD = {"HX-Request": "true", "HX-Target": "profile-card"}


def card(client, path, **options):
    """Return the HTML of a card."""
    response = client.get(path, headers=CARD, **options)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_who_they_are_and_what_one_can_do(signed_in, alice, bob):
    bob.profile.display_name = "<b>Bob</b>"
    bob.profile.about = "Gardener"
    bob.profile.save()
    client = signed_in(alice)
    html = card(client, "/@bob/")
    for part in ("&lt;b&gt;Bob&lt;/b&gt;", "@bob", "Gardener", 'title="Offline"', 'action="/direct/bob/"'):
        assert part in html
    assert 'hx-post="/@bob/block/"' in html and "<html" not in html and 'id="sidebar"' not in html
    page = client.get("/@bob/").content.decode()
    assert "<html" in page and 'id="profile-card' not in page


def test_ones_own_leads_to_notes_and_to_editing(signed_in, alice):
    html = card(signed_in(alice), "/@alice/")
    assert "Notes to myself" in html and 'href="/profile/edit/"' in html and "/block/" not in html


def test_it_costs_few_queries_however_many_rooms_there_are(signed_in, alice, bob, lobby, studio):
    client = signed_in(alice)
    card(client, "/@bob/")
    with CaptureQueriesContext(connection) as queries:
        card(client, "/@bob/")
    assert len(queries) <= 4  # session, user, person, block


def test_blocking_and_unblocking_answer_with_the_card_and_leave_no_note_for_the_next_page(signed_in, alice, bob):
    client = signed_in(alice)
    for verb, other in (("block", "unblock"), ("unblock", "block")):
        response = client.post(f"/@bob/{verb}/", headers=CARD)
        assert response.status_code == 302 and response.url == "/@bob/"
        html = card(client, response.url)
        assert f'hx-post="/@bob/{other}/"' in html
        assert ('action="/direct/bob/"' in html) is (verb == "unblock")
        assert 'class="flash' not in client.get("/rooms/").content.decode()
    assert not Block.objects.exists()


def test_who_is_gone_or_unknown_has_no_card_and_strangers_sign_in_first(client, signed_in, alice, bob):
    gone = make_user("gone")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    for path in ("/@gone/", "/@nobody/"):
        assert signed_in(alice).get(path, headers=CARD).status_code == 404
    assert client.get("/@bob/", headers=CARD).headers["HX-Redirect"].startswith("/")
