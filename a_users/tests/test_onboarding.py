"""The welcome page and the way to the first room."""

import pytest

from a_rtchat.models import Membership, Room
from a_users.adapter import AccountAdapter
from a_users.models import Profile
from conftest import make_room

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "dave", "password1": "a long enough secret"}
FORM = {"display_name": "Dave", "color": "teal", "about": ""}


@pytest.mark.parametrize(
    ("next_url", "welcome_url"), [("", "/welcome/"), ("/rooms/new/", "/welcome/?next=%2Frooms%2Fnew%2F")]
)
def test_signing_up_leads_to_the_welcome_page(client, next_url, welcome_url):
    assert client.post("/accounts/signup/", SIGN_UP | ({"next": next_url} if next_url else {})).url == welcome_url
    page = client.get(welcome_url).content.decode()
    assert f'<a class="button" href="{next_url or "/rooms/"}">Skip</a>' in page
    assert ('<input type="hidden" name="next" value="/rooms/new/">' in page) == bool(next_url)


def test_continuing_saves_the_profile_and_leads_to_the_first_open_room(signed_in, mallory, studio):
    make_room("first", Room.Kind.OPEN)
    make_room("another", Room.Kind.OPEN)
    client = signed_in(mallory)
    assert 'href="/rooms/first/">Skip' in client.get("/welcome/").content.decode()
    assert client.post("/welcome/", FORM).url == "/rooms/first/"
    assert client.get("/rooms/first/").status_code == 200
    profile = Profile.objects.get(user=mallory)
    assert (profile.display_name, profile.color) == ("Dave", "teal")


def test_without_an_open_room_it_leads_to_the_list_of_rooms(signed_in, mallory, studio):
    assert signed_in(mallory).post("/welcome/", FORM).url == "/rooms/"


def test_a_banned_user_is_not_sent_to_that_room(signed_in, mallory, lobby):
    Membership.objects.create(room=lobby, user=mallory, banned_at=lobby.created_at)
    assert signed_in(mallory).post("/welcome/", FORM).url == "/rooms/"


def test_the_requested_page_is_kept_after_an_error(signed_in, mallory, lobby):
    client = signed_in(mallory)
    rejected = client.post("/welcome/", FORM | {"display_name": "x" * 61, "next": "/rooms/join/"})
    assert rejected.status_code == 422
    assert 'name="next" value="/rooms/join/"' in rejected.content.decode() and "x" * 61 in rejected.content.decode()
    assert client.post("/welcome/", FORM | {"next": "/rooms/join/"}).url == "/rooms/join/"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_next_cannot_lead_to_another_site(signed_in, mallory, lobby, evil):
    client = signed_in(mallory)
    assert "evil.example" not in client.get("/welcome/", {"next": evil}).content.decode()
    assert client.post("/welcome/", FORM | {"next": evil}).url == "/rooms/lobby/"


def test_an_invalid_next_causes_no_error(signed_in, mallory):
    assert signed_in(mallory).post("/welcome/", FORM | {"next": "nowhere"}).status_code == 302


def test_visitors_have_no_welcome_page(client, db):
    assert client.get("/welcome/").url == "/?next=/welcome/"
    assert client.post("/welcome/", FORM).url == "/?next=/welcome/"


def test_signing_up_with_another_site_leads_to_the_welcome_page(rf):
    assert AccountAdapter().get_signup_redirect_url(rf.get("/")) == "/welcome/"
