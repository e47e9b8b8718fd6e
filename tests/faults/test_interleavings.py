"""Whatever two members do in whatever order, and however often their lines are cut, both show the room as it is."""

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a_rtchat.models import Room
from conftest import make_room
from tests.faults.account import all_live, stored_in, until
from tests.faults.witness import Witness
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

DEEDS = st.sampled_from(["post", "post", "post", "edit", "edit", "delete", "cut", "leave", "come"])
STEPS = st.lists(st.tuples(st.integers(0, 1), DEEDS, st.integers(0, 9), st.booleans()), min_size=5, max_size=40)


async def do(member: Witness, deed: str, pick: int, n: int) -> None:
    """Let a member do something; an edit or a deletion hits one of their own messages."""
    own = [article for article in member.list if article.client_id in member.said]
    if deed == "post":
        await member.say(f"said {n}")
    elif deed == "cut":
        member.cut()
    elif deed == "leave":
        await member.leave()
    elif deed == "come" and all(task.done() for task in member.tasks):
        member.arrive()
    elif own:
        frame = {"body": f"changed {n}"} if deed == "edit" else {}
        await member.frame(action=deed, seq=own[pick % len(own)].seq, **frame)


async def act(members: list[Witness], steps: list[tuple[int, str, int, bool]]) -> None:
    """Let the members do all this; a pause lets the server answer in between."""
    for n, (who, deed, pick, pause) in enumerate(steps):
        await do(members[who], deed, pick, n)
        await asyncio.sleep(0.02 * pause)


async def converge(members: list[Witness], room: Room) -> None:
    """Bring everyone back and assert that each shows what is stored, and that each said each thing once."""
    for member in members:
        await do(member, "come", 0, 0)
    await all_live(members)
    assert await until(lambda: not any(member.outbox for member in members))
    for _ in range(100):
        stored = await stored_in(room)
        if all(member.list == stored for member in members):
            break
        await asyncio.sleep(0.05)
    assert [member.list for member in members] == [stored, stored]
    assert sorted(row.client_id for row in stored) == sorted(members[0].said + members[1].said)
    assert [member.defects for member in members] == [[], []]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(steps=STEPS)
async def test_every_list_converges_to_the_database(server, alice, bob, steps):
    room = await database_sync_to_async(make_room)(uuid.uuid4().hex, "closed", owner=alice, member=bob)
    cookies = [await database_sync_to_async(cookie_of)(user) for user in (alice, bob)]
    members = [Witness(cookie, room.slug, [server.origin]) for cookie in cookies]
    try:
        for member in members:
            member.arrive()
        await all_live(members)
        await act(members, steps)
        await converge(members, room)
    finally:
        for member in members:
            await member.leave()
