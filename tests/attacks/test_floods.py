"""Floods of rooms, joins, direct messages and codes, and a clock that goes back."""

import time

import pytest
from redis import Redis

from a_live.limits import SharedBucket
from a_rtchat import discover
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.rooms import create_room
from a_rtchat.commands.pace import changing
from a_rtchat.models import Membership, Room
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db

FLOOD = 40  # requests, more than any burst


def test_one_user_cannot_fill_the_list_of_open_rooms(signed_in, alice, mallory, lobby):
    flood = [signed_in(mallory).post("/rooms/new/", {"name": f"Spam {n}"}) for n in range(FLOOD)]
    assert [response.status_code for response in flood] == [302] * 20 + [429] * 20
    assert "creating rooms too quickly. Try again in 3 minutes." in flood[-1].content.decode()
    assert signed_in(alice).post("/rooms/new/", {"name": "Tea"}).status_code == 302
    assert signed_in(mallory).post("/rooms/lobby/join/").status_code == 302


def test_rooms_with_posts_are_listed_before_empty_ones(monkeypatch, alice, mallory):
    monkeypatch.setattr(discover, "PAGE_SIZE", 3)
    discover._first_page.cache_clear()
    quiet, lively = (create_room(alice, name) for name in ("Quiet", "Lively"))
    for member in (quiet, lively):
        post_message(member, "hello")
    for n in range(5):
        create_room(alice, f"Aardvark {n}")
    found = discover.find(mallory, discover.Search()).rooms
    assert [room.name for room in found] == ["Lively", "Quiet", "Aardvark 4"]
    discover._first_page.cache_clear()


def test_nobody_gets_a_flood_of_direct_messages_from_one_user(signed_in, mallory):
    names = [make_user(f"person-{n}").username for n in range(FLOOD)]
    answers = [signed_in(mallory).post(f"/direct/{name}/") for name in names]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429] * 20
    assert int(answers[-1].headers["Retry-After"]) <= 60
    assert Room.objects.filter(kind=Room.Kind.DIRECT).count() == 20


def test_a_deletion_over_the_limit_says_when_to_try_again(signed_in, alice, lobby):
    message, _ = post_message(Membership.objects.enter(alice, "lobby"), "hello")
    while not changing.bucket.take(alice.pk):
        pass
    answer = signed_in(alice).post(f"/rooms/lobby/messages/{message.seq}/delete/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


def test_wrong_codes_are_limited(signed_in, mallory):
    guesses = [signed_in(mallory).post("/rooms/join/", {"code": f"den-{n:04}"}) for n in range(FLOOD)]
    pages = [guess.content.decode() for guess in guesses]
    assert ["No room matches that code." in page for page in pages] == [True] * 30 + [False] * 10
    assert "joining rooms too quickly" in pages[-1]


def test_leaving_needs_no_posting_tokens(signed_in, monkeypatch, alice, bob):
    client = signed_in(bob)
    for n in range(25):  # more than CHAT_POST_BURST
        make_room(f"room-{n}", Room.Kind.OPEN, owner=alice, member=bob)
        assert client.post(f"/rooms/room-{n}/leave/").status_code == 302
    assert not Membership.objects.filter(user=bob).exists()


def test_a_redis_clock_that_goes_back_blocks_nobody(redis, settings):
    settings.REDIS_URL = redis.url
    bucket = SharedBucket("clock", burst=20, rate=10)
    Redis.from_url(redis.url).set("backchat:clock:alice", time.time() + 3600)  # as stored an hour ahead
    assert 0 < bucket.take("alice") <= 0.11
    time.sleep(0.15)
    assert bucket.take("alice") == 0
