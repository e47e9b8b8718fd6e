"""Banning people who aren't in the room, by their username."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from a_rtchat.actions import bans
from a_rtchat.actions.members import admit, join_room, leave_room
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.reports import report_message
from a_rtchat.commands import COMMANDS
from a_rtchat.models import Invite, JoinRequest, LogEntry, Membership, Room
from a_rtchat.tests.steps import post, post_later, together
from conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)

BANS = "/rooms/lobby/settings/bans/"


def ban(user, **data):
    return COMMANDS["ban"].run(Membership.objects.enter(user, "lobby"), {"username": "mallory", **data})


def ways_in(client, room):
    """Return how the ways into an open room answer."""
    token = Invite.objects.create(room=room).token
    paths = [("/rooms/lobby/join/", {}), ("/rooms/join/", {"code": "lobby"}), (f"/invite/{token}/", {})]
    return [client.get("/rooms/lobby/").status_code, *(client.post(path, data).status_code for path, data in paths)]


@pytest.mark.parametrize("came_by", ["left", "visited"])
def test_someone_outside_is_banned_by_name_and_comes_back_by_the_usual_ways(signed_in, bob, mallory, lobby, came_by):
    if came_by == "left":
        admit(lobby, mallory)
        leave_room(Membership.objects.enter(mallory, "lobby"))
    client, moderator, revision = signed_in(mallory), signed_in(bob), Room.objects.get(pk=lobby.pk).revision
    assert client.get("/rooms/lobby/").status_code == 200
    answer = moderator.post(BANS, {"username": "@Mallory", "until": "", "reason": "Spam"})
    assert answer.url == BANS and "mallory" in moderator.get(BANS).content.decode()
    assert ways_in(client, lobby) == [404, 404, 422, 410]
    assert Membership.objects.count_in(lobby.pk) == 3 and Room.objects.get(pk=lobby.pk).revision == revision
    assert moderator.post("/rooms/lobby/members/mallory/unban/").status_code == 302
    assert not Membership.objects.filter(user=mallory).exists()
    assert client.post("/rooms/lobby/join/").status_code == 302
    assert Membership.objects.enter(mallory, "lobby").role == "member"
    said = list(LogEntry.objects.order_by("pk").values_list("actor__username", "verb", "target__username"))
    assert said == [("bob", "ban", "mallory"), ("bob", "unban", "mallory")]


def test_a_ban_of_someone_outside_ends_by_itself_without_making_them_a_member(bob, mallory, lobby):
    ban(bob, until="hour")
    Membership.objects.filter(user=mallory).update(banned_until=timezone.now())
    assert bans.lift_expired_bans() == 1
    assert not Membership.objects.filter(user=mallory).exists()
    assert join_room(mallory, "lobby").role == "member"


def test_whoever_was_a_member_is_one_again_after_the_ban(bob, carol, lobby):
    ban(bob, username="carol")
    COMMANDS["unban"].run(Membership.objects.enter(bob, "lobby"), {"username": "carol"})
    assert Membership.objects.enter(carol, "lobby").joined_at is not None


@pytest.mark.parametrize("who", ["carol", "mallory", "anonymous"])
def test_members_and_strangers_ban_nobody(signed_in, client, request, lobby, who):
    make_user("dave")
    client = client if who == "anonymous" else signed_in(request.getfixturevalue(who))
    status = {"carol": 403, "mallory": 404, "anonymous": 302}[who]
    assert client.post(BANS, {"username": "dave"}).status_code == status
    assert not Membership.objects.exclude(banned_at=None).exists() and not LogEntry.objects.exists()


@pytest.mark.parametrize("name", ["", "nobody", "bob", "@alice", "deleted", "banned", "x" * 1_000, "\0"])
def test_a_name_that_cannot_be_banned_is_refused_at_the_form_and_kept(signed_in, bob, lobby, name):
    type(bob).objects.filter(pk=make_user("deleted").pk).update(deleted_at=timezone.now(), is_active=False)
    Membership.objects.create(room=lobby, user=make_user("banned"), banned_at=timezone.now())
    before = list(Membership.objects.order_by("pk").values_list("pk", "banned_at"))
    answer = signed_in(bob).post(BANS, {"username": name, "reason": "Spam"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "errorlist" in page and 'value="Spam"' in page and "<details" in page
    assert list(Membership.objects.order_by("pk").values_list("pk", "banned_at")) == before


def test_an_archived_room_bans_nobody(signed_in, alice, mallory, lobby):
    Room.objects.update(archived_at=timezone.now())
    assert 'name="username"' not in signed_in(alice).get(BANS).content.decode()
    assert signed_in(alice).post(BANS, {"username": "mallory"}).status_code == 403
    assert not Membership.objects.filter(user=mallory).exists()


def test_a_ban_ends_the_request_and_the_invitation_of_someone_outside(alice, bob, mallory, lobby):
    JoinRequest.objects.create(room=lobby, user=mallory)
    Invite.objects.create(room=lobby, creator=alice, user=mallory)
    ban(bob)
    assert not JoinRequest.objects.exists() and not Invite.objects.exists()
    assert Room.objects.get(pk=lobby.pk).open_requests == 0


async def test_the_invitation_of_someone_banned_vanishes_live(open_tab, alice, bob, mallory, lobby):
    await Invite.objects.acreate(room=lobby, creator=alice, user=mallory)
    tab = await open_tab(mallory, None)
    await post_later(bob, BANS, {"username": "mallory"})
    await tab.next_signal("invitations")


def test_a_ban_and_a_join_at_once_leave_no_member(bob, mallory, lobby):
    together(lambda: ban(bob), lambda: post(mallory, "/rooms/lobby/join/"))
    assert Membership.objects.get(user=mallory).banned_at is not None


def test_moderators_of_equal_rank_who_left_can_be_banned_but_not_those_who_stay(alice, bob, lobby):
    erin = admit(lobby, make_user("erin"), "moderator")
    with pytest.raises(ValidationError, match="lower role"):
        ban(bob, username="erin")
    leave_room(Membership.objects.enter(erin.user, "lobby"))
    ban(bob, username="erin")
    assert Membership.objects.get(user=erin.user).banned_at is not None


def test_the_reports_of_someone_who_left_lead_to_the_form_with_their_name(signed_in, bob, carol, lobby):
    post_message(Membership.objects.enter(carol, "lobby"), "rude")
    report_message(Membership.objects.enter(bob, "lobby"), 1)
    leave_room(Membership.objects.enter(carol, "lobby"))
    assert f'href="{BANS}?ban=carol"' in signed_in(bob).get("/rooms/lobby/reports/").content.decode()
    page = signed_in(bob).get(f"{BANS}?ban=carol").content.decode()
    assert 'value="carol"' in page and '<details class="room-settings__more" open>' in page
