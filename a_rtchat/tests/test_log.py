"""A room's log: every change that a room page shows is replayed in order."""

import random
import re

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from a_rtchat.actions.bans import ban_member
from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.members import admit, change_role, leave_room, record_profile, remove_member
from a_rtchat.actions.messages import delete_message, edit_message, post_message
from a_rtchat.actions.rooms import change_room
from a_rtchat.models import Membership, Room
from a_rtchat.replay import changes_after
from a_users.actions.accounts import delete_account
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)

in_database = database_sync_to_async


def revisions(room, since=0):
    return [change.revision for change in changes_after(room.pk, since)]


def html_after(room, since=0):
    return "".join(change.html for change in changes_after(room.pk, since))


async def test_a_reconnecting_tab_sees_that_the_room_was_renamed(open_tab, alice, membership, lobby):
    await in_database(post_message)(membership, "before")
    await in_database(change_room)(lobby, name="Foyer <b>")
    await in_database(post_message)(membership, "after")
    tab = await open_tab(alice, lobby, since=1)
    renamed, posted = await tab.next(), await tab.next()
    assert 'id="room-title"' in renamed and 'data-revision="2"' in renamed and "Foyer &lt;b&gt;</h1>" in renamed
    assert 'data-revision="3"' in posted and "after" in posted


async def test_open_tabs_see_a_new_description_at_once_and_others_when_they_return(open_tab, alice, bob, lobby):
    here = await open_tab(alice, lobby, since=0)
    await in_database(change_room)(lobby, description="All <about> it")
    later = await open_tab(bob, lobby, since=0)
    for tab in (here, later):
        while "room-about" not in (fragment := await tab.next()):
            pass
        for place in ("room-about", "room-about-full"):
            assert re.search(f'id="{place}" dir="auto" hx-swap-oob="true">All &lt;about&gt; it</p>', fragment)


async def test_open_tabs_and_members_on_other_pages_see_a_rename_at_once(open_tab, alice, bob, mallory, lobby, studio):
    here, elsewhere, home = await open_tab(alice, lobby), await open_tab(bob, studio), await open_tab(bob, None)
    stranger = await open_tab(mallory, None)
    await in_database(change_room)(lobby, name="Foyer")
    assert any('id="room-title"' in fragment for fragment in [await here.next(), await here.next()])
    for tab in (elsewhere, home):
        fragment = await tab.next()
        assert f'data-signal="renamed" data-room="{lobby.pk}"' in fragment and ">Foyer<" in fragment
    assert await stranger.receive_nothing(timeout=0.1)


def test_everything_that_happens_takes_the_next_revision_and_is_replayed_in_order(membership, mallory, lobby, carol):
    post_message(membership, "one")
    newcomer = admit(lobby, mallory)
    change_room(lobby, description="What is new")
    change_role(newcomer, Membership.Role.MODERATOR)
    edit_message(membership, 1, "one, edited")
    remove_member(Membership.objects.get(user=carol))
    assert revisions(lobby) == [3, 4, 5, 6]  # only the latest state of what changed twice
    assert [change.revision for change in changes_after(lobby.pk, 4)] == [5, 6]
    html = html_after(lobby)
    assert f'data-user="{mallory.pk}" data-role="moderator"' in html
    assert f'data-user="{carol.pk}" data-role=""' in html and 'data-count="3"' in html


@pytest.mark.parametrize("end_it", [leave_room, remove_member, ban_member])
def test_departures_are_announced(end_it, carol, lobby):
    end_it(Membership.objects.select_related("room").get(user=carol, room=lobby))
    assert f'data-user="{carol.pk}" data-role=""' in html_after(lobby)
    assert revisions(lobby) == [1]


def test_a_new_profile_is_logged_in_each_room_at_a_constant_cost(alice, lobby, studio):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            record_profile(alice.pk)
        return len(queries)

    few = cost()
    alice.profile.display_name = "Alice Okafor"
    alice.profile.save()
    for n in range(20):
        make_room(f"room-{n}", Room.Kind.CLOSED, owner=alice)
        open_direct_room(alice, make_user(f"person-{n}"))
    assert cost() == few <= 12
    assert 'data-name="Alice Okafor"' in html_after(lobby) and 'data-name="Alice Okafor"' in html_after(studio)


async def test_a_changed_profile_shows_on_open_pages(open_tab, signed_in, alice, bob, lobby):
    tab = await open_tab(bob, lobby)
    client = await in_database(signed_in)(alice)
    await in_database(client.post)("/profile/edit/", {"display_name": "Alice <Okafor>", "color": "teal", "about": ""})
    html = await tab.next()
    assert 'data-name="Alice &lt;Okafor&gt;" data-color="teal"' in html and 'data-revision="1"' in html


async def test_a_direct_room_is_renamed_for_the_other_person_on_any_page(open_tab, alice, bob, studio):
    await in_database(open_direct_room)(alice, bob)
    tab = await open_tab(bob, None)
    alice.profile.display_name = "Alice Okafor"
    await in_database(alice.profile.save)()
    await in_database(record_profile)(alice.pk)
    assert f'<i data-handle="@alice" data-signal="peer" data-user="{alice.pk}">Alice Okafor<' in await tab.next()


def test_pages_of_the_log_are_complete_and_in_order(membership, lobby, settings):
    settings.CHAT_REPLAY_PAGE_SIZE = 4
    rng, people = random.Random(7), [make_user(f"person-{n}") for n in range(5)]
    for n in range(60):
        action = rng.choice(["post", "post", "edit", "delete", "join", "leave", "rename"])
        person = rng.choice(people)
        inside = Membership.objects.filter(user=person).first()
        if action == "post" or not lobby.messages.exists():
            post_message(membership, f"number {n}")
        elif action == "join":
            admit(lobby, person)
        elif action == "leave" and inside:
            leave_room(inside)
        elif action == "rename":
            change_room(lobby, name=f"Lobby {n}")
        elif action == "delete":
            delete_message(membership, lobby.messages.order_by("?").first().seq)
        elif message := lobby.messages.filter(deleted_at=None).first():
            edit_message(membership, message.seq, f"edited {n}")
    seen, revision = [], 0
    while page := changes_after(lobby.pk, revision):
        assert len(page) <= 4
        seen += [change.revision for change in page]
        assert all(f'data-revision="{change.revision}"' in change.html for change in page)
        revision = page[-1].revision
    lobby.refresh_from_db()
    assert seen == sorted(set(seen)) and seen[-1] == lobby.revision


# --- State and ephemeral events --------------------------------------------------------------------------------------


async def test_state_reaches_all_tabs_of_its_user_and_nobody_else(open_tab, alice, bob, membership, studio):
    await in_database(post_message)(membership, "news")
    here, elsewhere, home = await open_tab(alice, "lobby"), await open_tab(alice, studio), await open_tab(alice, None)
    other = await open_tab(bob, "lobby")
    await here.send(action="read", seq=1)
    for tab in (here, elsewhere, home):
        assert re.search('data-signal="read" data-room="\\d+" data-seq="1"', await tab.next())
    assert await other.receive_nothing(timeout=0.1)


async def test_the_read_position_only_moves_forward_and_not_past_the_newest(open_tab, alice, membership):
    for n in range(3):
        await in_database(post_message)(membership, f"{n}")
    tab = await open_tab(alice, "lobby")
    for seq, mark in [(2, 2), (1, 2), (99, 3)]:
        await tab.send(action="read", seq=seq)
        await tab.send(action="ping ")
        while "Unknown action" not in await tab.next():
            pass
        await membership.arefresh_from_db()
        assert membership.last_read_seq == mark


async def test_state_is_sent_again_to_a_tab_that_reconnects(open_tab, alice, lobby, studio):
    for room in (lobby, None):
        tab = await open_tab(alice, room, since="0&state=1")
        fragment = await tab.next()
        assert fragment.startswith('<div id="rooms" hx-swap-oob="innerHTML">')
        assert 'href="/rooms/lobby/"' in fragment and 'href="/rooms/studio/"' in fragment


async def test_the_state_lists_the_room_of_the_tab_though_others_are_newer(open_tab, settings, alice, lobby, studio):
    settings.CHAT_ROOMS_LISTED = 1
    for room, listed in ((lobby, [True, True]), (studio, [False, True]), (None, [False, True])):
        tab = await open_tab(alice, room, since="0&state=1")
        fragment = await tab.next()
        assert [f'href="/rooms/{slug}/"' in fragment for slug in ("lobby", "studio")] == listed


async def test_ephemeral_events_need_no_database(open_tab, alice, bob, lobby, monkeypatch):
    hers, his = await open_tab(alice, lobby), await open_tab(bob, lobby)
    monkeypatch.setattr("a_live.orm.in_orm", None)
    await hers.send(action="typing")
    assert f'<i data-user="{alice.pk}">alice</i>' in await his.next()
    await hers.send(action="typing")  # too soon: dropped
    assert await his.receive_nothing(timeout=0.1)
    assert await in_database(revisions)(lobby) == []


async def test_a_deleted_account_is_shown_at_once_in_its_direct_rooms(open_tab, alice, bob):
    room = await in_database(open_direct_room)(alice, bob)
    here, elsewhere = await open_tab(alice, room), await open_tab(alice, None)
    await in_database(delete_account)(bob)
    received = [await here.next(), await here.next()]  # the room's log, and what is one's own
    assert any('data-name="Deleted user"' in fragment for fragment in received)
    assert f'data-signal="peer" data-user="{bob.pk}">Deleted user<' in await elsewhere.next()
