"""Every command as a frame: in a room, after the member was removed, on a page without a room, and malformed."""

import json

import pytest
from channels.db import database_sync_to_async

from a_rtchat.commands import COMMANDS, Visitor
from a_rtchat.models import Membership
from a_rtchat.tests.command_examples import EXAMPLES, IN_ROOMS, ODD, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_frame_runs_it_or_is_refused_as_unknown(name, open_tab, alice, first):
    tab = await open_tab(alice, "lobby")
    if name == "unread":  # what is unread already isn't announced
        await Membership.objects.filter(user=alice).aupdate(last_read_seq=1)
    await tab.send(action=name, **EXAMPLES[name].data)
    if COMMANDS[name].actor is Visitor:
        assert "Unknown action." in await tab.next()
    elif name in ("leave", "destroy"):
        assert await tab.close_code() == (4403 if name == "leave" else 4404)
    elif name == "presence":
        assert f'data-away="{alice.pk}"' in await tab.next_signal("presence")
    elif name != "read":
        assert "composer-refusal" not in await tab.next()
    else:
        assert 'data-signal="read"' in await tab.next()


@pytest.mark.parametrize("name", [*IN_ROOMS, "post"])
async def test_a_frame_from_a_removed_member_closes_the_socket(name, open_tab, carol, first):
    tab = await open_tab(carol, "lobby")
    await Membership.objects.filter(user=carol).adelete()
    before = await database_sync_to_async(world)()
    await tab.send(action=name, **EXAMPLES[name].data)
    assert await tab.close_code() == 4403
    assert await database_sync_to_async(world)() == before


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_page_without_a_room_can_only_ping(name, open_tab, alice, first):
    tab = await open_tab(alice, None)
    before = await database_sync_to_async(world)()
    await tab.send(action=name, **EXAMPLES[name].data)
    if COMMANDS[name].needs_room:
        assert "Unknown action." in await tab.next()
    elif name == "ping":
        assert "pong" in await tab.next()
    assert await database_sync_to_async(world)() == before


async def test_no_json_breaks_the_socket(open_tab, alice, first):
    tab = await open_tab(alice, "lobby")
    for name in COMMANDS:
        for column in COMMANDS[name].form.base_fields:
            for value in ODD:
                await tab.send_to(text_data=json.dumps({**EXAMPLES[name].data, "action": name, column: value}))
    await tab.send(body="still here")
    while "still here" not in (fragment := await tab.next_message()):
        assert fragment
