"""Error pages that lead on: what isn't found, and forms that can't be accepted."""

import pytest
from django.test import Client

from a_rtchat.models import Membership
from conftest import PASSWORD

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("path", ["/rooms/studio/", "/rooms/studio/messages/", "/rooms/studio/messages/1/"])
def test_a_private_room_has_the_page_of_a_room_that_does_not_exist(signed_in, mallory, studio, path):
    for browser in (signed_in(mallory), signed_in(mallory)):
        hidden, none = browser.get(path), browser.get(path.replace("studio", "nowhere"))
        assert (hidden.status_code, hidden.content) == (none.status_code, none.content) and hidden.status_code == 404


def test_it_says_whom_to_ask_and_keeps_the_persons_rooms(signed_in, mallory, lobby, studio):
    Membership.objects.create(room=lobby, user=mallory)
    page = text(signed_in(mallory).get("/rooms/studio/"))
    assert "Room not found" in page and "ask them to invite you" in page and "Studio" not in page
    assert 'href="/rooms/lobby/"' in page
    for way in ("/", "/rooms/", "/rooms/join/"):
        assert f'class="button" href="{way}"' in page or f'button--prominent" href="{way}"' in page


@pytest.mark.parametrize(
    ("path", "title"), [("/rooms/lobby/messages/9/", "Message not found"), ("/no/", "Page not found")]
)
def test_it_names_what_is_missing(signed_in, alice, lobby, path, title):
    assert f">{title}</h1>" in text(signed_in(alice).get(path))


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Dest": "image"}])
def test_scripts_and_images_get_the_small_page(signed_in, alice, headers, django_assert_max_num_queries):
    browser = signed_in(alice)
    browser.get("/rooms/")  # which records when the device was seen
    with django_assert_max_num_queries(2):  # session, user
        response = browser.get("/media/avatars/none.webp", headers=headers)
    assert response.status_code == 404 and "sidebar" not in text(response)


def test_a_visitor_gets_the_small_page(client):
    page = text(client.get("/no/such/page/"))
    assert "Page not found" in page and "sidebar" not in page


def stale(path, data, cookie=True, **headers):
    """Return the answer to a form whose token is wrong."""
    browser = Client(enforce_csrf_checks=True)
    if cookie:
        browser.cookies["csrftoken"] = "x" * 32
    return browser.post(path, data, headers=headers)


def test_a_stale_form_says_why_and_leads_back_to_its_page(alice):
    data = {"login": "alice", "password": PASSWORD}
    response = stale("/accounts/login/", data, Referer="http://testserver/?next=/rooms/new/")
    page = text(response)
    assert response.status_code == 403 and "another tab" in page and "cookies for this site" not in page
    assert 'href="http://testserver/?next=/rooms/new/">Reload the page' in page and 'data-behaviour="back"' in page
    assert PASSWORD not in page


def test_without_the_cookie_it_says_so(alice):
    response = stale("/accounts/login/", {}, cookie=False)
    assert response.status_code == 403 and "Allow cookies for this site" in text(response)


@pytest.mark.parametrize("referer", ["", "https://evil.example/", "javascript:alert(1)", "//evil.example/x"])
def test_it_leads_to_no_other_site(alice, referer):
    page = text(stale("/accounts/login/", {}, Referer=referer))
    assert 'href="/">Reload the page' in page and "evil" not in page and "alert" not in page
