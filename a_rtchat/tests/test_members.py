"""The members beside the conversation and on their page: in order, limited, for members only, in few queries."""

import re

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat import roster
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.models import Block, Membership
from a_rtchat.tests.test_presence import heard
from a_users.models import Profile, User
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def listed(response):
    """Return (username, presence) of each listed member."""
    html = response if isinstance(response, str) else response.content.decode()
    html = html.partition("<main")[2] or html  # without the sidebar
    html = html.rpartition("<template")[0] or html
    return re.findall(r'<li class="member" data-user="\d+" data-presence="(\w+)".*?href="/@([^/]+)/"', html, re.DOTALL)


def names(response):
    return [name for _, name in listed(response)]


def crowd(room, count):
    """Add many members to a room."""
    User.objects.bulk_create(
        User(username=f"person-{n:03}", username_key=f"person-{n:03}", skeleton=f"person-{n:03}") for n in range(count)
    )
    people = User.objects.filter(username__startswith="person-")
    Profile.objects.bulk_create(Profile(user=user) for user in people if not Profile.objects.filter(user=user).exists())
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in people)


def cost(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_the_room_page_has_the_panel_which_asks_for_its_members(signed_in, carol, lobby):
    page = signed_in(carol).get("/rooms/lobby/").content.decode()
    panel = page.partition('<aside class="panel" id="panel"')[2]
    assert 'hx-get="/rooms/lobby/panel/"' in panel and 'href="/rooms/lobby/members/">' in panel
    assert 'id="room-code" value="lobby"' in panel and 'data-panel=""' in page
    assert 'id="panel"' not in signed_in(make_user("dave")).get("/rooms/lobby/").content.decode()


@pytest.mark.parametrize(("cookie", "shown"), [("open", "open"), ("closed", "closed"), ("<b>", ""), ("", "")])
def test_the_browser_remembers_whether_the_panel_is_open(signed_in, carol, lobby, cookie, shown):
    client = signed_in(carol)
    client.cookies["panel"] = cookie
    assert f'data-panel="{shown}"' in client.get("/rooms/lobby/").content.decode()


async def test_members_are_in_the_order_of_presence_and_name(open_tab, signed_in, alice, bob, carol, lobby):
    for name in ("dora", "emil", "anna"):
        await database_sync_to_async(lambda name=name: lobby.memberships.create(user=make_user(name)))()
    watcher, away = await open_tab(carol, "lobby"), await open_tab(bob, "lobby")
    await open_tab(alice, None)
    await heard(watcher, "online", alice)
    await away.send(action="presence", state="away")
    await heard(watcher, "away", bob)
    client = await database_sync_to_async(signed_in)(carol)
    response = await database_sync_to_async(client.get)("/rooms/lobby/panel/")
    assert listed(response) == [
        ("here", "carol"),
        ("online", "alice"),
        ("away", "bob"),
        ("offline", "anna"),
        ("offline", "dora"),
        ("offline", "emil"),
    ]
    assert 'data-role="owner"' in response.content.decode() and ">Moderator<" in response.content.decode()
    page = await database_sync_to_async(client.get)("/rooms/lobby/members/")
    assert listed(page)[:4] == [("online", "alice"), ("away", "bob"), ("offline", "anna"), ("here", "carol")]


async def test_someone_who_blocks_the_reader_is_offline_in_the_list(open_tab, signed_in, alice, bob, lobby):
    await Block.objects.acreate(blocker=bob, blocked=alice)
    tab = await open_tab(bob, "lobby")
    await heard(tab, "here", bob)
    client = await database_sync_to_async(signed_in)(alice)
    for path in ("/rooms/lobby/panel/", "/rooms/lobby/members/"):
        assert ("offline", "bob") in listed(await database_sync_to_async(client.get)(path))


def test_the_panel_lists_a_hundred_in_the_same_number_of_queries(signed_in, carol, lobby):
    client = signed_in(carol)
    few = [cost(client, path) for path in ("/rooms/lobby/panel/", "/rooms/lobby/members/", "/rooms/lobby/")]
    crowd(lobby, 500)
    assert [cost(client, path) for path in ("/rooms/lobby/panel/", "/rooms/lobby/members/", "/rooms/lobby/")] == few
    assert few[0] <= 4
    assert len(listed(client.get("/rooms/lobby/panel/"))) == roster.LIMIT


def test_the_panel_can_ask_for_some_members(signed_in, alice, bob, carol, lobby):
    client, stranger = signed_in(carol), make_user("dave")
    cost(client, "/rooms/lobby/panel/")  # what is compiled once
    few = cost(client, f"/rooms/lobby/panel/?user={bob.pk}")
    path = f"/rooms/lobby/panel/?user={bob.pk}&user={alice.pk}&user={stranger.pk}&user=x&user={'9' * 30}&user=0"
    assert sorted(names(client.get(path))) == ["alice", "bob"]
    assert cost(client, path) == few == cost(client, "/rooms/lobby/panel/")
    assert names(client.get("/rooms/lobby/panel/?user=x")) == []
    assert signed_in(stranger).get(path).status_code == 404


def test_the_page_shows_everyone_once_over_its_pages(signed_in, carol, lobby):
    crowd(lobby, 250)
    moderators = [f"person-{n:03}" for n in range(120)]
    Membership.objects.filter(user__username__in=moderators).update(role=Membership.Role.MODERATOR)
    client, query, seen = signed_in(carol), "", list[str]()
    while True:
        page = client.get(f"/rooms/lobby/members/{query}").content.decode()
        seen += names(page)
        if not (more := re.search(r'class="button" href="(\?[^"]+)"', page)):
            break
        query = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 253
    assert seen[:122] == ["alice", "bob", *moderators]
    assert seen[122:] == sorted(seen[122:])


def test_members_are_sorted_by_role_and_by_the_name_that_is_shown(signed_in, alice, bob, carol, lobby):
    for user, name in ((alice, "Zoë Álvarez"), (carol, "Younes")):
        user.profile.display_name = name
        user.profile.save()
    lobby.memberships.create(user=make_user("dora"))
    client = signed_in(carol)
    assert names(client.get("/rooms/lobby/members/")) == ["alice", "bob", "dora", "carol"]
    nobody = client.get("/rooms/lobby/members/?q=nobody").content.decode()
    assert names(nobody) == [] and "Nobody found." in nobody and 'value="nobody"' in nobody
    part = client.get("/rooms/lobby/members/?q=y", headers={"HX-Request": "true"}).content.decode()
    assert names(part) == ["carol"] and "<html" not in part


@pytest.mark.parametrize("query", ["after=0", "after=-1", "after=x", f"after={'9' * 40}", "q=%00", "q=" + "x" * 5_000])
def test_odd_parameters_are_harmless(signed_in, carol, lobby, query):
    assert signed_in(carol).get(f"/rooms/lobby/members/?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/rooms/lobby/panel/", "/rooms/lobby/members/", "/rooms/studio/members/"])
def test_strangers_and_the_banned_see_no_members(signed_in, client, alice, carol, lobby, studio, path):
    from django.utils import timezone

    Membership.objects.filter(user=carol).update(banned_at=timezone.now())
    assert signed_in(carol).get(path).status_code == 404
    assert signed_in(make_user("dave")).get(path).status_code == 404
    assert client.get(path).status_code == 302
    assert names(signed_in(alice).get(path)) == ["alice", "bob"]


def test_a_direct_room_has_members_too(signed_in, alice, bob):
    room = open_direct_room(alice, bob)
    client = signed_in(alice)
    assert names(client.get(f"{room.get_absolute_url()}members/")) == ["alice", "bob"]
    page = client.get(room.get_absolute_url()).content.decode()
    assert f'action="{room.get_absolute_url()}hide/"' in page and 'id="room-code"' not in page
    assert re.search(f'class="dot" role="img" data-user="{bob.pk}" data-presence="offline" title="Offline"', page)


def test_a_name_cannot_break_out_of_the_list(signed_in, alice, bob, lobby):
    bob.profile.display_name = '"><script>x</script>'
    bob.profile.save()
    make_room("other", "open", owner=bob)
    for path in ("/rooms/lobby/panel/", "/rooms/lobby/members/"):
        assert "<script>x" not in signed_in(alice).get(path).content.decode()
