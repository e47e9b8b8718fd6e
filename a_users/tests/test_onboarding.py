"""Someone new is greeted, may say who they are, and lands in the first room."""

import pytest

from a_rtchat.models import Membership, Room
from a_users.adapter import AccountAdapter
from a_users.models import Profile
from conftest import make_room

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "dave", "password1": "a long enough secret"}
FORM = {"display_name": "Dave", "color": "teal", "about": ""}


@pytest.mark.parametrize(
    ("wanted", "greeting"), [("", "/welcome/"), ("/rooms/new/", "/welcome/?next=%2Frooms%2Fnew%2F")]
)
def test_signing_up_leads_to_the_greeting(client, wanted, greeting):
    assert client.post("/accounts/signup/", SIGN_UP | ({"next": wanted} if wanted else {})).url == greeting
    page = client.get(greeting).content.decode()
    assert f'<a class="button" href="{wanted or "/rooms/"}">Skip</a>' in page
    assert ('<input type="hidden" name="next" value="/rooms/new/">' in page) == bool(wanted)


def test_continuing_saves_and_leads_to_the_first_open_room(signed_in, mallory, studio):
    make_room("first", Room.Kind.OPEN)
    make_room("another", Room.Kind.OPEN)
    client = signed_in(mallory)
    assert 'href="/rooms/first/">Skip' in client.get("/welcome/").content.decode()
    assert client.post("/welcome/", FORM).url == "/rooms/first/"
    assert client.get("/rooms/first/").status_code == 200
    profile = Profile.objects.get(user=mallory)
    assert (profile.display_name, profile.color) == ("Dave", "teal")


def test_without_an_open_room_it_leads_to_the_list(signed_in, mallory, studio):
    assert signed_in(mallory).post("/welcome/", FORM).url == "/rooms/"


def test_a_room_that_banned_someone_is_not_their_first(signed_in, mallory, lobby):
    Membership.objects.create(room=lobby, user=mallory, banned_at=lobby.created_at)
    assert signed_in(mallory).post("/welcome/", FORM).url == "/rooms/"


def test_the_place_one_wanted_to_go_is_kept_through_a_refusal(signed_in, mallory, lobby):
    client = signed_in(mallory)
    refused = client.post("/welcome/", FORM | {"display_name": "x" * 61, "next": "/rooms/join/"})
    assert refused.status_code == 422
    assert 'name="next" value="/rooms/join/"' in refused.content.decode() and "x" * 61 in refused.content.decode()
    assert client.post("/welcome/", FORM | {"next": "/rooms/join/"}).url == "/rooms/join/"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_nobody_is_led_away_to_another_site(signed_in, mallory, lobby, evil):
    client = signed_in(mallory)
    assert "evil.example" not in client.get("/welcome/", {"next": evil}).content.decode()
    assert client.post("/welcome/", FORM | {"next": evil}).url == "/rooms/lobby/"


def test_a_place_that_is_no_address_leads_to_no_error(signed_in, mallory):
    assert signed_in(mallory).post("/welcome/", FORM | {"next": "nowhere"}).status_code == 302


def test_a_stranger_is_not_greeted(client, db):
    assert client.get("/welcome/").url == "/?next=/welcome/"
    assert client.post("/welcome/", FORM).url == "/?next=/welcome/"


def test_whoever_comes_by_another_site_is_greeted_as_well(rf):
    assert AccountAdapter().get_signup_redirect_url(rf.get("/")) == "/welcome/"
