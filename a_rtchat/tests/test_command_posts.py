"""Every command as a POST: by members, strangers, banned and signed-out users, and too often."""

from urllib.parse import quote

import pytest
from django.utils import timezone

from a_rtchat.commands import COMMANDS
from a_rtchat.models import Membership
from a_rtchat.tests.command_examples import EXAMPLES, IN_ROOMS, OVER_HTTP, slow_down, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", IN_ROOMS)
def test_a_stranger_cannot_run_it_over_http(name, signed_in, mallory, first):
    client, before = signed_in(mallory), world()
    assert client.post(EXAMPLES[name].path, EXAMPLES[name].data).status_code == 404
    assert world() == before


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize("who", ["anonymous", "banned"])
def test_users_without_access_cannot_run_it_over_http(name, who, client, signed_in, carol, first):
    Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    before = world()
    if who == "anonymous":
        assert client.post(EXAMPLES[name].path, EXAMPLES[name].data).url == f"/?next={quote(str(EXAMPLES[name].path))}"
    elif EXAMPLES[name].in_lobby:
        assert signed_in(carol).post(EXAMPLES[name].path, EXAMPLES[name].data).status_code == 404
    assert world() == before


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_member_can_run_it_over_http_but_a_get_changes_nothing(name, signed_in, alice, first):
    client, before = signed_in(alice), world()
    client.get(EXAMPLES[name].path)
    assert world() == before
    assert client.post(EXAMPLES[name].path, EXAMPLES[name].data).status_code == 302
    nowhere = (
        (EXAMPLES[name].path or "").replace("lobby", "nowhere").replace("bob", "nobody").replace("/den/", "/none/")
    )
    if name != "read_all":  # it has neither a room nor a value that could be wrong
        assert client.post(nowhere, {"name": ""}).status_code in (404, 422)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_flood_over_http_is_refused_and_changes_nothing(name, monkeypatch, signed_in, alice, first):
    slow_down(monkeypatch, COMMANDS[name])
    client, before = signed_in(alice), world()
    response = client.post(EXAMPLES[name].path, EXAMPLES[name].data)
    if COMMANDS[name].pace is not None:
        assert response.status_code in (403, 422, 429) and "too quickly" in response.content.decode()
        assert world() == before
        assert response["Content-Type"].startswith("text/html")
