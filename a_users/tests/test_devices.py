"""Listing and signing out devices."""

import pytest
from allauth.usersessions.models import UserSession
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client

from a_rtchat.tests.conftest import open_tab  # noqa: F401  (a fixture)
from a_users.devices import describe
from conftest import PASSWORD

in_database = database_sync_to_async

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


def sign_in(username="alice", agent=FIREFOX):
    """Return a client that has signed in with the form."""
    client = Client(headers={"User-Agent": agent})
    response = client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    assert response.status_code == 302
    return client


def key_of(client):
    return client.cookies[django_settings.SESSION_COOKIE_NAME].value


def device_of(client):
    return UserSession.objects.get(session_key=key_of(client))


def is_signed_in(client):
    return client.get("/accounts/sessions/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/126.0.0.0", "Edge on Windows"),
        (CHROME + " OPR/111.0.0.0", "Opera on Windows"),
        (SAFARI, "Safari on iPhone"),
        (SAFARI.replace("Version/17.5", "CriOS/126.0"), "Chrome on iPhone"),
        (CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 14; Pixel 8"), "Chrome on Android"),
        (CHROME.replace("Windows NT 10.0; Win64; x64", "X11; CrOS x86_64 14541.0.0"), "Chrome on ChromeOS"),
        (CHROME.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"), "Chrome on macOS"),
        ("Mozilla/5.0 (PlayStation 5)", "Unknown browser"),
        ("<script>alert(1)</script> Linux", "Unknown browser on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_user_agents_are_described_in_words(agent, words):
    assert describe(agent) == words


@pytest.mark.django_db
def test_the_list_shows_every_device_and_marks_this_one(alice):
    here, elsewhere = sign_in(), sign_in(agent=SAFARI)
    page = here.get("/accounts/sessions/").content.decode()
    assert page.count('<li class="device"') == 2
    assert page.index("Firefox on Linux") < page.index("this device") < page.index("Safari on iPhone")
    assert "127.0.0.1" in page and "Sign out everywhere else" in page
    elsewhere.post("/accounts/logout/")
    assert "Safari on iPhone" not in here.get("/accounts/sessions/").content.decode()


@pytest.mark.django_db
def test_a_malicious_user_agent_is_not_shown(alice):
    page = sign_in(agent="<script>alert(1)</script>").get("/accounts/sessions/").content.decode()
    assert "Unknown browser" in page and "alert(1)" not in page


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_devices(alice, django_assert_num_queries):
    here = sign_in()
    sign_in()
    with django_assert_num_queries(5):  # session, user, this device, all devices, their sessions
        here.get("/accounts/sessions/")
    for _ in range(8):
        Client().force_login(alice)
        sign_in()
    with django_assert_num_queries(5):
        page = here.get("/accounts/sessions/").content.decode()
    assert page.count('<li class="device"') == 10


@pytest.mark.django_db
def test_rows_of_ended_sessions_are_deleted(alice):
    here, elsewhere = sign_in(), sign_in()
    Session.objects.filter(session_key=key_of(elsewhere)).delete()
    assert here.get("/accounts/sessions/").content.decode().count('<li class="device"') == 1
    assert UserSession.objects.get() == device_of(here)


@pytest.mark.django_db
def test_a_device_without_a_record_is_shown(alice):
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(alice)
    page = client.get("/accounts/sessions/").content.decode()
    assert "Firefox on Linux" in page and "this device" in page


@pytest.mark.django_db
def test_signing_out_one_device_keeps_the_others(alice):
    here, lost, other = sign_in(), sign_in(), sign_in()
    response = here.post(f"/accounts/sessions/{device_of(lost).pk}/end/")
    assert (response.status_code, response.url) == (302, "/accounts/sessions/")
    assert [is_signed_in(client) for client in (here, lost, other)] == [True, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize(("which", "stays"), [("others", True), ("all", False)])
def test_signing_out_everywhere_includes_or_keeps_this_device(alice, bob, which, stays):
    here, others, his = sign_in(), [sign_in(), sign_in()], sign_in("bob")
    response = here.post("/accounts/sessions/end/", {"which": which})
    assert response.url == ("/accounts/sessions/" if stays else "/")
    assert is_signed_in(here) is stays
    assert not any(is_signed_in(client) for client in others) and is_signed_in(his)


@pytest.mark.django_db
def test_signing_out_this_device_leads_to_the_home_page(alice):
    here = sign_in()
    assert here.post(f"/accounts/sessions/{device_of(here).pk}/end/").url == "/"
    assert not is_signed_in(here)


@pytest.mark.django_db
def test_users_cannot_sign_out_each_others_devices(alice, mallory):
    hers, mallorys = sign_in(), sign_in("mallory")
    assert mallorys.post(f"/accounts/sessions/{device_of(hers).pk}/end/").status_code == 404
    assert is_signed_in(hers)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/sessions/1/end/", "/accounts/sessions/end/"])
def test_visitors_and_get_requests_sign_nothing_out(alice, client, path):
    here = sign_in()
    assert client.post(path).status_code == 302 and client.get("/accounts/sessions/").status_code == 302
    assert here.get(path).status_code == 405
    assert is_signed_in(here)


async def is_live(tab):
    """Return whether a socket still receives messages."""
    await tab.send(body="still here")
    return await tab.next_bodies(1) == ["still here"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["one", "others", "all"])
async def test_the_sockets_of_a_signed_out_device_close_at_once(open_tab, alice, bob, lobby, which):  # noqa: F811
    here, lost = await in_database(sign_in)(), await in_database(sign_in)()
    tabs = [await open_tab(alice, lobby, session_key=key_of(client)) for client in (here, lost)]
    other = await open_tab(bob, lobby)
    path = f"/accounts/sessions/{(await in_database(device_of)(lost)).pk}/end/" if which == "one" else None
    await in_database(here.post)(path or "/accounts/sessions/end/", {"which": which})
    assert await tabs[1].close_code() == 4401
    if which == "all":
        assert await tabs[0].close_code() == 4401
    else:
        await tabs[0].send(body="I am still here")
        assert await tabs[0].next_bodies(1) == ["I am still here"]
        assert await other.next_bodies(1) == ["I am still here"]
    assert await is_live(other)
