"""Limits of posts, frames, handshakes and sockets."""

import time

import pytest
from channels.db import database_sync_to_async

from a_live import limits
from a_live.hub import current_hub
from a_live.limits import Bucket, SharedBucket
from a_rtchat.commands import pace
from a_rtchat.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def narrow(monkeypatch):
    """A limit of three posts at once, then one every ten seconds."""
    monkeypatch.setattr(pace.posting, "bucket", Bucket(burst=3, rate=0.1))


def test_a_bucket_allows_a_burst_and_then_a_rate():
    bucket = Bucket(burst=3, rate=20)
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 0]
    wait = bucket.take("a")
    assert 0 < wait <= 0.05
    assert bucket.take("b") == 0
    time.sleep(wait)
    assert bucket.take("a") == 0 and bucket.take("a") > 0


def test_a_bucket_stores_a_limited_number_of_keys(monkeypatch):
    monkeypatch.setattr(limits, "BUCKETS_LIMIT", 10)
    bucket = Bucket(burst=1, rate=0.001)
    for key in range(100):
        bucket.take(key)
    assert len(bucket.full_at) == 10


def test_processes_share_a_bucket_through_redis(redis, settings):
    settings.REDIS_URL = redis.url
    one, two = SharedBucket("test", 4, 10), SharedBucket("test", 4, 10)
    assert [bucket.take("alice") for bucket in (one, two, one, two)] == [0, 0, 0, 0]
    assert 0 < one.take("alice") <= 0.1 and 0 < two.take("alice") <= 0.1
    assert one.take("bob") == 0
    time.sleep(0.11)
    assert two.take("alice") == 0


@pytest.mark.parametrize("shared", [True, False])
def test_tokens_can_be_given_back_but_not_beyond_the_burst(redis, settings, shared):
    settings.REDIS_URL = redis.url
    bucket = SharedBucket("back", 2, 0.01) if shared else Bucket(2, 0.01)
    for _ in range(5):
        assert bucket.take("alice", -1) == 0
    assert [bucket.take("alice") for _ in range(2)] == [0, 0] and bucket.take("alice") > 0
    assert bucket.take("alice", -1) == 0 and bucket.take("alice") == 0 and bucket.take("alice") > 0


def test_without_redis_each_process_counts_for_itself(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bucket = SharedBucket("test", 2, 0.1)
    assert [bucket.take("alice") for _ in range(2)] == [0, 0]
    assert bucket.take("alice") > 0


def test_the_defaults_are_twenty_at_once_and_one_a_second():
    source = (limits.settings.BASE_DIR / "config/settings.py").read_text()
    assert 'CHAT_POST_BURST = env.int("CHAT_POST_BURST", default=20)' in source
    assert 'CHAT_POSTS_PER_SECOND = env.float("CHAT_POSTS_PER_SECOND", default=1.0)' in source


async def test_a_flood_is_refused_with_the_time_to_wait_and_not_stored(narrow, open_tab, alice, bob, lobby):
    tab, other = await open_tab(alice, lobby), await open_tab(bob, lobby)
    client_ids = [f"0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7{n}" for n in range(4)]
    for client_id in client_ids:
        await tab.send(body="spam", client_id=client_id)
    replies = [await tab.next() for _ in range(4)]
    refused = [reply for reply in replies if "sending messages too quickly." in reply]
    assert len(refused) == 1
    assert f'data-client-id="{client_ids[3]}"' in refused[0] and 'data-retry-after="' in refused[0]
    assert await Message.objects.acount() == 3
    await other.send(body="not my flood")
    assert (await other.next_bodies(4))[-1] == "not my flood"


def test_a_flood_over_http_is_refused_and_keeps_the_text(narrow, signed_in, alice, lobby):
    client = signed_in(alice)
    for _ in range(3):
        assert client.post("/rooms/lobby/messages/", {"body": "spam"}).status_code == 302
    response = client.post("/rooms/lobby/messages/", {"body": "one too many"})
    page = response.content.decode()
    assert response.status_code == 422 and "sending messages too quickly" in page and "one too many" in page
    assert lobby.messages.count() == 3


async def test_the_number_of_sockets_per_user_is_limited(open_tab, alice, bob, lobby, settings):
    settings.CHAT_SOCKETS_PER_USER = 3
    for _ in range(3):
        await open_tab(alice, lobby)
    assert await (await open_tab(alice, lobby)).close_code() == 1013
    tab = await open_tab(bob, lobby)
    await tab.send(body="I may")
    assert await tab.next_bodies(1) == ["I may"]


async def test_the_rate_of_handshakes_is_limited(open_tab, alice, lobby, settings):
    settings.CHAT_HANDSHAKE_BURST, settings.CHAT_HANDSHAKES_PER_SECOND = 10, 0.001
    for _ in range(10):
        await (await open_tab(alice, lobby)).disconnect()
    assert await (await open_tab(alice, lobby)).close_code() == 1013
    assert current_hub().people == {}


async def test_a_session_that_is_refused_again_and_again_costs_no_more_queries(
    open_tab, alice, bob, lobby, settings, monkeypatch
):
    settings.CHAT_REFUSAL_BURST, settings.CHAT_REFUSALS_PER_SECOND = 5, 0.001
    first = await open_tab(alice, lobby)
    for _ in range(5):
        assert await (await open_tab(alice, "nowhere", session_key=first.session_key)).close_code() == 4404
    assert await (await open_tab(bob, "nowhere")).close_code() == 4404
    monkeypatch.setattr(current_hub(), "door", None)  # asking would fail
    for room in ("nowhere", lobby):
        assert await (await open_tab(alice, room, session_key=first.session_key)).close_code() == 1013


async def test_sockets_that_are_admitted_are_not_counted_as_refused(open_tab, alice, lobby, settings):
    settings.CHAT_REFUSAL_BURST, settings.CHAT_REFUSALS_PER_SECOND = 1, 0.001
    tab = await open_tab(alice, lobby)
    for _ in range(5):
        tab = await open_tab(alice, lobby, session_key=tab.session_key)
    await tab.send(body="I may")
    assert await tab.next_bodies(1) == ["I may"]


async def test_a_flood_of_frames_closes_the_socket(open_tab, alice, lobby, settings):
    settings.CHAT_FRAME_BURST, settings.CHAT_FRAMES_PER_SECOND = 5, 0.001
    tab = await open_tab(alice, lobby)
    for _ in range(6):
        await tab.send_to(text_data="nonsense")
    assert await tab.close_code() == 1013


async def test_a_ping_is_answered_without_the_database(open_tab, alice, lobby, monkeypatch):
    tab = await open_tab(alice, lobby)
    monkeypatch.setattr("a_live.orm.in_orm", None)
    await tab.send_to(text_data='{"action":"ping"}')
    assert 'id="pong"' in await tab.next()


async def test_many_missed_changes_are_announced(open_tab, alice, lobby, settings, membership):
    from a_rtchat.actions.messages import post_message

    settings.CHAT_REPLAY_ANNOUNCED = 5
    await database_sync_to_async(lambda: [post_message(membership, str(n)) for n in range(7)])()
    tab = await open_tab(alice, lobby, since=0)
    assert 'data-state="replaying" data-missed="7"' in await tab.next()
    assert await tab.next_bodies(7) == [str(n) for n in range(7)]
    assert 'id="connection" data-state="live"' in await tab.next()
