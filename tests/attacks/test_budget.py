"""The budget of work: one user cannot take a whole process, and nobody else notices."""

import asyncio
import time

import pytest
from channels.db import database_sync_to_async
from django.db import connection

from a_live import budget
from a_live.limits import Bucket
from a_rtchat.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def narrow(monkeypatch):
    """A budget of 50 ms at once, and then next to nothing."""
    monkeypatch.setattr(budget, "work", Bucket(burst=0.05, rate=0.001))


@pytest.fixture
def in_debt(narrow, alice):
    """alice has used up her budget."""
    budget.charge([alice.pk], 1)


@pytest.mark.parametrize(
    "path", ["/rooms/lobby/", "/rooms/lobby/messages/?since=0", "/rooms/?q=lob", "/profile/settings/", "/nowhere/"]
)
def test_a_loop_of_requests_is_bounded_for_one_user_only(narrow, signed_in, alice, bob, lobby, path):
    client = signed_in(alice)
    answers = [client.get(path) for _ in range(200)]
    assert answers[0].status_code != 429 and answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0 and "no-store" in answers[-1].headers["Cache-Control"]
    assert "You&#x27;re making too many requests. Try again in" in answers[-1].content.decode()
    assert signed_in(bob).get(path).status_code != 429


def test_a_post_in_debt_is_refused_before_it_is_read(in_debt, signed_in, alice, lobby):
    client = signed_in(alice)
    response = client.post("/rooms/lobby/messages/", {"body": "hello"}, headers={"HX-Request": "true"})
    assert response.status_code == 429 and response.headers["Content-Type"] == "text/plain"
    assert response.content.decode().startswith("You're making too many requests.")
    assert not Message.objects.exists()


def test_an_ordinary_user_never_meets_it(signed_in, alice, lobby):
    client = signed_in(alice)
    for n in range(150):
        assert client.get("/rooms/lobby/").status_code == 200
        assert client.post("/rooms/lobby/messages/", {"body": str(n)}).status_code == 302
    assert budget.work.wait(alice.pk) == 0


async def test_frames_in_debt_are_refused_but_pings_are_answered(open_tab, narrow, alice, bob, lobby):
    tab, other = await open_tab(alice, lobby), await open_tab(bob, lobby)
    budget.charge([alice.pk], 1)
    await tab.send(body="too much", client_id="0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b70")
    refusal = await tab.next()
    assert "making too many requests" in refusal and 'data-retry-after="' in refusal
    assert 'data-client-id="0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b70"' in refusal
    await tab.send(action="ping")
    assert 'id="pong"' in await tab.next()
    await other.send(body="I may")
    assert await tab.next_bodies(1) == ["I may"]


async def test_a_socket_in_debt_is_told_to_come_back_later(open_tab, in_debt, alice, bob, lobby):
    assert await (await open_tab(alice, lobby)).close_code() == 1013
    tab = await open_tab(bob, lobby)
    await tab.send(body="I may")
    assert await tab.next_bodies(1) == ["I may"]


async def test_frames_replays_and_states_are_charged_to_their_user(open_tab, alice, bob, lobby):
    tab = await open_tab(alice, lobby)
    await tab.send(body="hello")
    await more_than(0, alice)
    assert bob.pk not in budget.work.full_at
    await open_tab(bob, lobby, since=0)
    replayed = await more_than(0, bob)
    await open_tab(bob, lobby, since="1&state=1")
    await more_than(replayed, bob)


async def more_than(charged: float, user) -> float:
    """Wait until more is charged to a user, which may take longer than the answer; return when it will be paid off."""
    for _ in range(500):
        if budget.work.full_at.get(user.pk, 0) > charged:
            break
        await asyncio.sleep(0.01)
    assert budget.work.full_at[user.pk] > charged
    return budget.work.full_at[user.pk]


def test_work_is_shared_by_those_it_was_done_for():
    budget.charge([1, 2], 20.0)
    assert budget.work.wait(1) == budget.work.wait(2) == 0
    budget.charge([1, 2], 30.0)
    assert budget.work.wait(1) == pytest.approx(budget.work.wait(2), abs=0.1) and 10 < budget.work.wait(1) < 20


def test_computing_is_work_and_waiting_for_a_slow_line_is_not():
    assert budget.measured(time.sleep, 0.1)[1] < 0.05
    assert budget.measured(sum, range(3_000_000))[1] > 0.01


def test_waiting_for_postgresql_is_work(alice):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite computes in the thread")
    with budget.Meter() as meter, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.1)")
    assert 0.1 <= meter.seconds < 0.2


async def test_a_user_of_one_process_gets_at_most_a_third_of_it_for_long(alice):
    start = time.monotonic()
    budget.charge([alice.pk], 20.0 + 3.0)
    wait = await database_sync_to_async(budget.work.wait)(alice.pk)
    assert wait == pytest.approx(10 - (time.monotonic() - start), abs=0.2)
