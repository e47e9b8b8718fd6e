"""An example of every command, from which test_command_*.py generate their cases; one without an example fails."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from a_live.limits import Bucket
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.commands import COMMANDS, Sender, Visitor
from a_rtchat.models import Invite, JoinRequest, Membership, Message, Room
from conftest import make_user

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
    "withdraw": Example("/rooms/den/request/withdraw/", in_lobby=False),
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
    """The first message of the lobby, alice's; bob reported the second, carol's, who is muted, and dave is banned.

    There are two invites and a request to the lobby, and a room that takes requests.
    """
    message, _ = post_message(membership, "as it was")
    post_message(Membership.objects.enter(carol, "lobby"), "second")
    report_message(Membership.objects.enter(bob, "lobby"), 2, "Spam")
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
    slug = "den" if command.name in ("request", "withdraw") else "lobby"
    return Visitor(user, slug) if command.actor is Visitor else Sender(user.pk, "room.1", "alice")


def slow_down(monkeypatch, command):
    """Allow half of a command's token, and a whole one in 50 seconds."""
    if command.pace is not None:
        monkeypatch.setattr(command.pace, "bucket", Bucket(burst=0.5, rate=0.01))
