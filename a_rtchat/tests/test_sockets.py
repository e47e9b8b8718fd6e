"""Sockets: admission, frames, and invalid frames."""

import json
from unittest.mock import patch

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError
from django.utils.html import escape

from a_live import orm
from a_rtchat.models import Membership, Message
from a_rtchat.tests.conftest import ORIGIN, make_tab

pytestmark = pytest.mark.django_db(transaction=True)

count_messages = database_sync_to_async(Message.objects.count)


async def test_a_members_message_reaches_others(open_tab, alice, bob, studio):
    tabs = [await open_tab(alice, studio), await open_tab(bob, studio)]
    await tabs[0].send(body="hello")
    assert [await tab.next_bodies(1) for tab in tabs] == [["hello"], ["hello"]]


async def test_the_fragment_contains_what_the_page_needs(open_tab, alice, studio):
    tab = await open_tab(alice, studio)
    client_id = "0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7a"
    await tab.send(body="hello", client_id=client_id)
    fragment = await tab.next()
    message = await Message.objects.aget()
    assert 'hx-swap-oob="beforeend:#messages"' in fragment
    expected = f'id="message-{message.pk}" data-seq="1" data-revision="1" data-author="{alice.pk}"'
    assert f'<article class="message" {expected} data-client-id="{client_id}"' in fragment


async def test_opening_a_socket_does_not_join(open_tab, mallory, lobby):
    assert await (await open_tab(mallory, lobby)).close_code() == 4404
    assert not await Membership.objects.filter(user=mallory).aexists()


async def test_a_private_room_looks_missing_to_a_stranger(open_tab, mallory, studio):
    for slug in ["studio", "nowhere"]:
        assert await (await open_tab(mallory, slug)).close_code() == 4404


async def test_a_socket_on_an_unknown_path_is_closed(open_tab, alice):
    tab = await database_sync_to_async(make_tab)(alice, "lobby")
    tab.scope["path"] = "/ws/somewhere/else/"
    assert (await tab.connect())[0]
    assert await tab.close_code() == 4404


async def test_a_signed_out_socket_is_closed(open_tab, lobby):
    assert await (await open_tab(None, lobby)).close_code() == 4401


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b""])
async def test_a_foreign_origin_is_rejected(alice, lobby, origin):
    tab = await database_sync_to_async(make_tab)(alice, "lobby", origin=origin)
    assert (await tab.connect())[0] is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{nonsense", "Frames must be JSON."),
        ("[" * 60_000, "Frames must be JSON."),
        ('["body"]', "Frames must be JSON objects."),
        ('"body"', "Frames must be JSON objects."),
        ("{}", "Write something first."),
        ('{"body": null}', "Write something first."),
        ('{"body": " \\n "}', "Write something first."),
        ('{"body": "\\u200b\\u2060"}', "Write something first."),
        ('{"body": ["a"]}', "This must be text."),
        ('{"body": 5}', "This must be text."),
        ('{"body": "a\\ud800"}', "This text contains an invalid character."),
        ('{"body": "a\\u0000b"}', "Null characters are not allowed."),
        (json.dumps({"body": "x" * 4001}), "Messages can be 4000 characters at most; this one has 4001."),
        ('{"body": "hi", "action": "explode"}', "Unknown action."),
        ('{"body": "hi", "action": ["post"]}', "Unknown action."),
        ('{"body": "hi", "client_id": "no"}', "The client_id must be a UUID."),
        ('{"body": "hi", "client_id": {"a": 1}}', "The client_id must be a UUID."),
    ],
)
async def test_an_invalid_frame_is_answered_to_its_sender_only(open_tab, alice, bob, lobby, text, reason):
    tab, other = await open_tab(alice, lobby), await open_tab(bob, lobby)
    await tab.send_to(text_data=text)
    reply = await tab.next()
    assert escape(reason) in reply and 'id="composer-refusal"' in reply and "hx-swap-oob" in reply
    assert await count_messages() == 0
    await tab.send(body="still here")
    assert await tab.next_bodies(1) == ["still here"]
    assert await other.next_bodies(1) == ["still here"]


async def test_a_refusal_identifies_the_frame(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await tab.send(body="", client_id="0B8F8C1C-1fd0-4a53-9a37-5a8d0c0f5b7a")
    assert 'data-client-id="0B8F8C1C-1fd0-4a53-9a37-5a8d0c0f5b7a"' in await tab.next()


@pytest.mark.parametrize("client_id", ['"><script>', "\ud800", 5, [[[[]]]], "x" * 10_000])
async def test_a_refusal_never_echoes_an_invalid_client_id(open_tab, alice, lobby, client_id):
    tab = await open_tab(alice, lobby)
    await tab.send(body="hi", client_id=client_id)
    assert 'data-client-id=""' in await tab.next()


@pytest.mark.parametrize("depth", [980, 981, 982, 983, 984, 985, 990])
async def test_no_depth_of_nesting_breaks_the_socket(open_tab, alice, lobby, depth):
    tab = await open_tab(alice, lobby)
    await tab.send_to(text_data='{"body": "x", "client_id": ' + "[" * depth + "]" * depth + "}")
    assert "composer-refusal" in await tab.next()


async def test_a_binary_frame_is_refused_and_the_socket_stays_open(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await tab.send_to(bytes_data=b'{"body": "hi"}')
    assert "Frames must be text, not binary." in await tab.next()
    await tab.send(body="text")
    assert await tab.next_bodies(1) == ["text"]


@pytest.mark.parametrize(
    "data", [{"text_data": " " * 65_537}, {"bytes_data": b" " * 65_537}, {"text_data": "€" * 30_000}]
)
async def test_a_frame_over_the_limit_closes_the_socket(open_tab, alice, lobby, data):
    tab = await open_tab(alice, lobby)
    await tab.send_to(**data)
    assert await tab.close_code() == 1009
    assert await count_messages() == 0


async def test_four_thousand_emoji_fit_into_a_frame(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await tab.send(body="🎉" * 4000)
    assert "🎉" * 4000 in await tab.next()


async def test_html_is_escaped_for_everyone(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    await tab.send(body="<b>hi</b><script>alert(1)</script>")
    fragment = await tab.next()
    assert "&lt;b&gt;hi" in fragment and "<script" not in fragment


async def test_access_is_checked_on_every_frame(open_tab, carol, studio):
    tab = await open_tab(carol, studio)
    await Membership.objects.filter(user=carol).adelete()
    await tab.send(body="am I still in?")
    assert await tab.close_code() == 4403
    assert await count_messages() == 0


async def test_a_resent_frame_is_answered_with_its_first_message_and_broadcast_once(open_tab, alice, bob, lobby):
    tab, other = await open_tab(alice, lobby), await open_tab(bob, lobby)
    frame = {"body": "once", "client_id": "0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7a"}
    for _ in range(3):
        await tab.send(**frame)
    fragments = [await tab.next() for _ in range(3)]
    assert len(set(fragments)) == 1
    await tab.send(body="twice")
    assert await other.next_bodies(2) == ["once", "twice"]
    assert await count_messages() == 2


async def test_a_database_failure_is_reported_to_the_sender(open_tab, alice, lobby, caplog):
    tab = await open_tab(alice, lobby)
    with patch("a_rtchat.commands.post.post_drafts", side_effect=OperationalError("gone")):
        await tab.send(body="hello", client_id="0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7a")
        reply = await tab.next()
    assert "save that. Try again." in reply
    assert 'data-client-id="0b8f8c1c-1fd0-4a53-9a37-5a8d0c0f5b7a"' in reply
    assert "a frame for lobby failed" in caplog.text


async def test_a_frame_uses_one_orm_call(open_tab, alice, lobby):
    tab = await open_tab(alice, lobby)
    with patch.object(orm, "in_orm", wraps=orm.in_orm) as crossing:
        await tab.send(body="hello")
        await tab.next()
    assert crossing.call_count == 1


def test_the_origin_of_these_tests_is_an_allowed_host(settings):
    assert ORIGIN.decode().removeprefix("http://") in settings.ALLOWED_HOSTS
