"""After any sequence of actions and disconnects, both members' tabs match the database."""

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a_rtchat.models import Room
from conftest import make_room
from tests.faults.consistency import stored_messages, wait_for, wait_until_live
from tests.faults.tab import Tab
from tests.socket_client import cookie_of

pytestmark = pytest.mark.django_db(transaction=True)

ACTIONS = st.sampled_from(["post", "post", "post", "edit", "edit", "delete", "disconnect", "close", "reopen"])
STEPS = st.lists(st.tuples(st.integers(0, 1), ACTIONS, st.integers(0, 9), st.booleans()), min_size=5, max_size=40)


async def perform(member: Tab, action: str, pick: int, n: int) -> None:
    """Perform one action as a member; edits and deletions apply to their own messages."""
    own = [article for article in member.messages if article.client_id in member.posted]
    if action == "post":
        await member.post(f"posted {n}")
    elif action == "disconnect":
        member.disconnect()
    elif action == "close":
        await member.close()
    elif action == "reopen" and all(task.done() for task in member.tasks):
        member.open()
    elif own:
        frame = {"body": f"changed {n}"} if action == "edit" else {}
        await member.send_frame(action=action, seq=own[pick % len(own)].seq, **frame)


async def run_steps(members: list[Tab], steps: list[tuple[int, str, int, bool]]) -> None:
    """Perform all steps, with pauses for the server to answer."""
    for n, (who, action, pick, pause) in enumerate(steps):
        await perform(members[who], action, pick, n)
        await asyncio.sleep(0.02 * pause)


async def assert_converged(members: list[Tab], room: Room) -> None:
    """Reconnect all tabs and assert that each shows the stored messages, without duplicates."""
    for member in members:
        await perform(member, "reopen", 0, 0)
    await wait_until_live(members)
    assert await wait_for(lambda: not any(member.outbox for member in members))
    for _ in range(100):
        stored = await stored_messages(room)
        if all(member.messages == stored for member in members):
            break
        await asyncio.sleep(0.05)
    assert [member.messages for member in members] == [stored, stored]
    assert sorted(row.client_id for row in stored) == sorted(members[0].posted + members[1].posted)
    assert [member.ordering_errors for member in members] == [[], []]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(steps=STEPS)
async def test_every_tab_converges_to_the_database(server, alice, bob, steps):
    room = await database_sync_to_async(make_room)(uuid.uuid4().hex, "closed", owner=alice, member=bob)
    cookies = [await database_sync_to_async(cookie_of)(user) for user in (alice, bob)]
    members = [Tab(cookie, room.slug, [server.origin]) for cookie in cookies]
    try:
        for member in members:
            member.open()
        await wait_until_live(members)
        await run_steps(members, steps)
        await assert_converged(members, room)
    finally:
        for member in members:
            await member.close()
