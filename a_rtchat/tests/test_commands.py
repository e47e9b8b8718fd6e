"""Every command: allowed, refused, by strangers, malformed, charged.

The cases are generated from the registry, so a command without an example fails.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.utils import timezone

from a_live.limits import Bucket, TooFast
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.commands import COMMANDS, Sender, Visitor
from a_rtchat.models import Invite, JoinRequest, Membership, Message, Room
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)
HUGE = {"seq": 2**70, "body": "x" * 4_001, "client_id": "x" * 10_000, "name": "x" * 81, "kind": "nonsense"}
HUGE |= {"username": "x" * 1_000, "state": "nowhere", "on": "maybe", "notify": "loudly", "zone": "x" * 65}
HUGE |= {"confirmed": [], "until": "yesterday", "reason": "x" * 501, "role": "king"}
HUGE |= {"description": "x" * 501, "icon": "no emoji", "slow_mode": "7", "is_announcement": [], "takes_requests": {}}
HUGE |= {"picture": "x", "people": "x" * 5_000, "token": "x" * 44, "expires": "-1", "uses": "7"}
HUGE |= {"invite": 2**70, "request": 2**70, "answer": "perhaps"}
ODD = [[], {}, [[[[1]]]], {"a": {"b": 1}}, True, 1.5, "\0", "\ud800", -1]


@dataclass
class Example:
    """An example of a command: valid values, its URL for HTTP posts, and whether it is about the lobby."""

    path: str | None
    data: dict[str, object] = field(default_factory=dict)
    in_lobby: bool = True


TOKEN, OWN = "an-invite-to-the-lobby", "alices-invite-to-the-lobby"
EXAMPLES = {
    "block": Example("/@bob/block/", {"username": "bob"}, in_lobby=False),
    "archive": Example("/rooms/lobby/settings/archive/"),
    "ban": Example("/rooms/lobby/members/carol/ban/", {"username": "carol", "until": "day", "reason": "Spam"}),
    "accept": Example(f"/invite/{TOKEN}/", {"token": TOKEN}, in_lobby=False),
    "answer": Example("/rooms/lobby/requests/1000001/", {"request": 1_000_001, "answer": "accept"}),
    "create": Example("/rooms/new/", {"name": "Tea", "kind": "open"}, in_lobby=False),
    "decline": Example(f"/invite/{OWN}/decline/", {"token": OWN}, in_lobby=False),
    "delete": Example("/rooms/lobby/messages/1/delete/", {"seq": 1}),
    "demote": Example("/rooms/lobby/members/bob/demote/", {"username": "bob"}),
    "describe": Example("/rooms/lobby/settings/", {"name": "Foyer", "description": "All about it", "icon": "🎉"}),
    "destroy": Example("/rooms/lobby/settings/destroy/", {"name": "Lobby"}),
    "direct": Example("/direct/bob/", {"username": "bob"}, in_lobby=False),
    "edit": Example("/rooms/lobby/messages/1/edit/", {"seq": 1, "body": "changed"}),
    "favourite": Example("/rooms/lobby/favourite/", {"on": "1"}),
    "hide": Example("/rooms/lobby/hide/"),
    "notify": Example("/rooms/lobby/notify/", {"notify": "tomorrow", "zone": "Europe/Berlin"}),
    "hand_over": Example("/rooms/lobby/members/bob/hand-over/", {"username": "bob"}),
    "invite": Example("/rooms/lobby/invites/", {"expires": "3600", "uses": "1", "role": "member"}),
    "join": Example("/rooms/lobby/join/"),
    "leave": Example("/rooms/lobby/leave/"),
    "mute": Example("/rooms/lobby/members/carol/mute/", {"username": "carol", "until": "hour"}),
    "open": Example("/rooms/lobby/settings/open/", {"kind": "closed"}),
    "ping": Example(None),
    "post": Example("/rooms/lobby/messages/", {"body": "hello", "client_id": str(uuid.uuid4())}),
    "presence": Example(None, {"state": "away"}, in_lobby=False),
    "promote": Example("/rooms/lobby/members/carol/promote/", {"username": "carol", "role": "moderator"}),
    "read": Example("/rooms/lobby/read/", {"seq": 1}),
    "read_all": Example("/rooms/read/", in_lobby=False),
    "unread": Example("/rooms/lobby/unread/", {"seq": 1}),
    "remove": Example("/rooms/lobby/members/carol/remove/", {"username": "carol"}),
    "report": Example("/rooms/lobby/messages/2/report/", {"seq": 2, "reason": "Spam"}),
    "resolve": Example("/rooms/lobby/messages/2/resolve/", {"seq": 2}),
    "rule": Example(
        "/rooms/lobby/settings/rule/", {"is_announcement": True, "slow_mode": "30", "takes_requests": True}
    ),
    "request": Example("/rooms/den/request/", in_lobby=False),
    "revoke": Example("/rooms/lobby/invites/1000001/revoke/", {"invite": 1_000_001}),
    "typing": Example(None),
    "unblock": Example("/@bob/unblock/", {"username": "bob"}, in_lobby=False),
    "unarchive": Example("/rooms/lobby/settings/unarchive/"),
    "unban": Example("/rooms/lobby/members/dave/unban/", {"username": "dave"}),
    "unmute": Example("/rooms/lobby/members/carol/unmute/", {"username": "carol"}),
}
IN_ROOMS = [name for name, command in COMMANDS.items() if command.actor is Membership]
OVER_HTTP = [name for name in COMMANDS if EXAMPLES.get(name) and EXAMPLES[name].path]
FIELDS = [(name, column) for name, command in COMMANDS.items() for column in command.form.base_fields]


def world():
    """Return the data that a refused command must not change."""
    rooms = list(Room.objects.order_by("pk").values_list("pk", "name", "last_seq", "revision", "open_reports"))
    members = list(Membership.objects.order_by("pk").values_list("pk", "role", "last_read_seq", "muted_until"))
    members += [*Invite.objects.order_by("pk").values_list("pk", "uses_left"), *JoinRequest.objects.values_list("pk")]
    return rooms, members, list(Message.objects.order_by("pk").values_list("pk", "body", "revision"))


@pytest.fixture
def first(membership, bob, carol, request):
    """The first message of the lobby, alice's; carol reported the second, bob's, and is muted, and dave is banned.

    There are two invites and a request to the lobby, and a room that takes requests.
    """
    message, _ = post_message(membership, "as it was")
    post_message(Membership.objects.enter(bob, "lobby"), "second")
    report_message(Membership.objects.enter(carol, "lobby"), 2, "Spam")
    Membership.objects.filter(user=carol).update(muted_until=timezone.now() + timedelta(hours=1))
    for name, role in (("dave", "member"), ("erin", "owner")):
        admit(message.room, make_user(name), role)
    Membership.objects.filter(user__username="dave").update(banned_at=timezone.now())
    Invite.objects.create(pk=1_000_001, room=membership.room, token=TOKEN, creator=membership.user, uses_left=5)
    Invite.objects.create(pk=1_000_002, room=membership.room, token=OWN, user=membership.user)
    JoinRequest.objects.create(pk=1_000_001, room=membership.room, user=make_user("frank"))
    Room.objects.create(slug="den", name="Den", kind=Room.Kind.CLOSED, takes_requests=True)
    if "unarchive" in request.node.name:
        Room.objects.filter(slug="lobby").update(archived_at=timezone.now())
    return message


def actor_for(command, user):
    """Return a user as the command's type of actor."""
    if command.actor is Membership:
        return Membership.objects.enter(user, "lobby")
    slug = "den" if command.name == "request" else "lobby"
    return Visitor(user, slug) if command.actor is Visitor else Sender(user.pk, "room.1", "alice")


def test_each_command_has_an_example_and_a_module_of_its_name():
    assert EXAMPLES.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        assert command.action.__module__ == f"a_rtchat.commands.{name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_member_can_run_it(name, alice, first):
    COMMANDS[name].run(actor_for(COMMANDS[name], alice), EXAMPLES[name].data)


@pytest.mark.parametrize(("name", "column"), FIELDS)
def test_an_invalid_value_is_refused_with_a_reason_and_changes_nothing(name, column, alice, first):
    command, before = COMMANDS[name], world()
    for value in (HUGE[column], *ODD):
        try:
            values = command.clean(EXAMPLES[name].data | {column: value})
        except ValidationError as error:
            assert all(error.messages)
        else:
            assert isinstance(values[column], str | int | uuid.UUID | datetime | None), value
    with pytest.raises(ValidationError):
        command.run(actor_for(command, alice), EXAMPLES[name].data | {column: HUGE[column]})
    assert world() == before


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


@pytest.mark.parametrize("name", COMMANDS)
def test_it_has_a_pace_of_its_own_and_says_what_was_too_quick(name, monkeypatch, alice, first):
    slow_down(monkeypatch, COMMANDS[name])
    command, actor, before = COMMANDS[name], actor_for(COMMANDS[name], alice), world()
    if command.pace is None:
        command.run(actor, EXAMPLES[name].data)
    else:
        with pytest.raises(TooFast) as refused:
            command.run(actor, EXAMPLES[name].data)
        assert refused.value.messages == [f"{command.pace.reason} Try again in 50 seconds."]
        assert world() == before


def slow_down(monkeypatch, command):
    """Allow half of a command's token, and a whole one in 50 seconds."""
    if command.pace is not None:
        monkeypatch.setattr(command.pace, "bucket", Bucket(burst=0.5, rate=0.01))


def test_only_cheap_commands_have_no_pace():
    assert {name for name, command in COMMANDS.items() if command.pace is None} == {
        "ping",
        "presence",
        "read",
        "typing",
    }


def test_leaving_joining_and_creating_take_no_posting_tokens(alice, first):
    paces = {name: command.pace.bucket for name, command in COMMANDS.items() if command.pace is not None}
    assert {name for name, bucket in paces.items() if bucket is paces["post"]} == {"delete", "edit", "post"}
    assert len(set(paces.values())) == 11


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_flood_over_http_is_refused_and_changes_nothing(name, monkeypatch, signed_in, alice, first):
    slow_down(monkeypatch, COMMANDS[name])
    client, before = signed_in(alice), world()
    response = client.post(EXAMPLES[name].path, EXAMPLES[name].data)
    if COMMANDS[name].pace is not None:
        assert response.status_code in (403, 422, 429) and "too quickly" in response.content.decode()
        assert world() == before
        assert response["Content-Type"].startswith("text/html")


async def test_no_json_breaks_the_socket(open_tab, alice, first):
    tab = await open_tab(alice, "lobby")
    for name in COMMANDS:
        for column in COMMANDS[name].form.base_fields:
            for value in ODD:
                await tab.send_to(text_data=json.dumps({**EXAMPLES[name].data, "action": name, column: value}))
    await tab.send(body="still here")
    while "still here" not in (fragment := await tab.next_message()):
        assert fragment
