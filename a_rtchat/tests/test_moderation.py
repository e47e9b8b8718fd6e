"""Roles, bans, mutes, slow mode: what they do, what the log says, and how bans end."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.core.exceptions import ValidationError
from django.utils import timezone

from a_live.limits import TooFast
from a_rtchat.actions import bans, moderation
from a_rtchat.actions.messages import post_message
from a_rtchat.commands import COMMANDS
from a_rtchat.models import LogEntry, Membership, Message, Room
from conftest import make_room, make_user

pytestmark = pytest.mark.django_db(transaction=True)

in_database = database_sync_to_async


def run(user, verb, **data):
    """Run a command in the lobby."""
    return COMMANDS[verb].run(Membership.objects.enter(user, "lobby"), data)


def entries():
    """Return the log as (actor, verb, target)."""
    return list(LogEntry.objects.order_by("pk").values_list("actor__username", "verb", "target__username"))


def test_each_verb_leaves_an_entry_in_the_log(alice, bob, carol, lobby):
    message, _ = post_message(Membership.objects.enter(carol, "lobby"), "rude")
    run(carol, "post", body="more")
    run(bob, "mute", username="carol", until="hour")
    run(bob, "unmute", username="carol")
    run(bob, "delete", seq=message.seq)
    run(alice, "promote", username="carol")
    run(alice, "demote", username="carol")
    run(bob, "ban", username="carol", until="", reason="Spam")
    run(bob, "unban", username="carol")
    run(bob, "remove", username="carol")
    run(alice, "hand_over", username="bob")
    did = [("bob", verb, "carol") for verb in ("mute", "unmute", "moderate")]
    did += [("alice", "promote", "carol"), ("alice", "demote", "carol")]
    did += [("bob", verb, "carol") for verb in ("ban", "unban", "remove")]
    assert entries() == [*did, ("alice", "hand_over", "bob")]
    assert LogEntry.objects.get(verb="ban").detail == {"until": None, "reason": "Spam"}


def test_handing_over_swaps_the_roles(alice, bob, lobby):
    run(alice, "hand_over", username="carol")
    assert dict(lobby.memberships.values_list("user__username", "role")) == {
        "alice": "moderator",
        "bob": "moderator",
        "carol": "owner",
    }


def test_the_last_owner_leaves_only_after_handing_over_or_archiving(signed_in, alice, bob, lobby):
    client = signed_in(alice)
    refused = client.post("/rooms/lobby/leave/")
    assert refused.status_code == 422 and "only owner" in refused.content.decode()
    assert lobby.memberships.filter(user=alice).exists()
    run(alice, "hand_over", username="bob")
    assert client.post("/rooms/lobby/leave/").status_code == 302
    run(bob, "archive")
    assert signed_in(bob).post("/rooms/lobby/leave/").status_code == 302


def test_someone_alone_in_a_room_can_leave_it(alice):
    room = make_room("alone", Room.Kind.OPEN, owner=alice)
    COMMANDS["leave"].run(Membership.objects.enter(alice, "alone"), {})
    assert not room.memberships.exists()


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "2999-01-01", "2026-02-31", "", None, 7, ["hour"]])
def test_a_mute_needs_an_end_in_the_future(until, bob, lobby):
    with pytest.raises(ValidationError) as refused:
        run(bob, "mute", username="carol", until=until)
    assert "until" in refused.value.error_dict
    assert not entries()


def test_a_mute_can_last_until_someone_lifts_it(signed_in, bob, carol, lobby):
    run(bob, "mute", username="carol", until="forever")
    assert LogEntry.objects.get().detail == {"until": None}
    with pytest.raises(ValidationError, match="muted you"):
        run(carol, "post", body="hello")
    assert 'data-muted="forever"' in signed_in(carol).get("/rooms/lobby/").content.decode()
    page = signed_in(bob).get("/rooms/lobby/members/carol/").content.decode()
    assert "Muted until someone unmutes them." in page and "9999" not in page
    run(bob, "unmute", username="carol")
    run(carol, "post", body="hello")


def test_a_ban_may_end_at_a_date(bob, lobby):
    day = timezone.localdate() + timedelta(days=3)
    run(bob, "ban", username="carol", until=day.isoformat())
    assert timezone.localtime(Membership.objects.get(user__username="carol").banned_until).date() == day


def test_a_ban_ends_by_itself_with_an_entry_in_the_log(bob, carol, lobby):
    run(bob, "ban", username="carol", until="hour")
    assert bans.lift_expired_bans() == 0
    Membership.objects.filter(user=carol).update(banned_until=timezone.now())
    assert bans.lift_expired_bans() == 1
    assert bans.lift_expired_bans() == 0
    assert Membership.objects.enter(carol, "lobby").role == "member"
    assert entries()[-1] == (None, "unban", "carol")


def test_a_server_lifts_bans_every_few_seconds():
    from a_rtchat import housekeeping
    from config.asgi import application

    assert application.application_mapping["http"].others == ((housekeeping.SECONDS, housekeeping.tidy),)


async def test_a_lifted_ban_shows_the_room_again_at_once(open_tab, bob, carol, lobby):
    await in_database(run)(bob, "ban", username="carol", until="hour")
    tab = await open_tab(carol, None)
    await in_database(run)(bob, "unban", username="carol")
    assert f'id="room-{lobby.pk}"' in await tab.next()


async def test_a_muted_member_hears_it_and_nobody_else_does(open_tab, alice, bob, carol, lobby):
    muted, other = await open_tab(carol, lobby), await open_tab(alice, lobby)
    await in_database(run)(bob, "mute", username="carol", until="hour")
    assert "data-until" in await muted.next_signal("muted")
    await muted.send(body="quiet?")
    while "composer-refusal" not in (refusal := await muted.next()):
        pass
    assert "muted you" in refusal
    assert 'data-signal="muted"' not in await other.next()


def test_slow_mode_refuses_with_the_seconds_to_wait_and_exempts_moderators(alice, bob, carol, lobby):
    run(alice, "rule", slow_mode="30")
    for user in (bob, bob, carol):
        run(user, "post", body="hello")
    with pytest.raises(TooFast) as refused:
        run(carol, "post", body="again")
    assert 28 < refused.value.wait <= 30 and "Slow mode" in refused.value.messages[0]
    Membership.objects.filter(user=carol).update(posted_at=timezone.now() - timedelta(seconds=31))
    run(carol, "post", body="again")
    assert Message.objects.count() == 4


def test_a_resend_is_recognised_in_slow_mode(alice, carol, lobby):
    run(alice, "rule", slow_mode="30")
    data = {"body": "hello", "client_id": "6f2cbb7e-57cf-4e41-8a2c-4f3f3a2f8f10"}
    first, second = (run(carol, "post", **data).value for _ in range(2))
    assert first.pk == second.pk and Message.objects.count() == 1


async def test_frames_of_a_batch_are_refused_one_by_one(open_tab, alice, carol, lobby):
    await in_database(run)(alice, "rule", slow_mode="30")
    tab, owner = await open_tab(carol, lobby), await open_tab(alice, lobby)
    for n in range(3):
        await tab.send(body=f"carol {n}")
        await owner.send(body=f"alice {n}")
    assert len(await owner.next_bodies(4)) == 4
    assert await in_database(Message.objects.filter(author=carol).count)() == 1


def test_posting_costs_no_query_more(alice, lobby, django_assert_num_queries):
    membership = Membership.objects.enter(alice, "lobby")
    with django_assert_num_queries(4):  # BEGIN or a savepoint, the numbers, the message, and the end
        post_message(membership, "hello")


@pytest.mark.parametrize("change", ["ban", "mute", "archive", "announcement", "remove"])
def test_a_member_whose_access_changed_meanwhile_does_not_post(change, alice, bob, carol, lobby):
    late = Membership.objects.enter(carol, "lobby")
    {
        "ban": lambda: run(bob, "ban", username="carol"),
        "mute": lambda: run(bob, "mute", username="carol", until="hour"),
        "remove": lambda: run(bob, "remove", username="carol"),
        "archive": lambda: run(alice, "archive"),
        "announcement": lambda: run(alice, "rule", is_announcement=True),
    }[change]()
    with pytest.raises(ValidationError):
        post_message(late, "too late")
    assert not Message.objects.exists()


def test_a_demoted_moderator_can_no_longer_ban(alice, bob, lobby):
    late = Membership.objects.enter(bob, "lobby")
    run(alice, "demote", username="bob")
    with pytest.raises(ValidationError):
        moderation.ban(late, "carol")
    assert Membership.objects.get(user__username="carol").banned_at is None


def test_nobody_is_found_who_is_not_in_the_room(bob, lobby):
    make_user("zoe")
    for username in ("zoe", "nobody", "\0"):
        with pytest.raises(ValidationError):
            run(bob, "mute", username=username, until="hour")


def test_in_announcement_rooms_members_edit_no_more(alice, bob, carol, lobby):
    run(carol, "post", body="early")
    run(alice, "rule", is_announcement=True)
    with pytest.raises(ValidationError, match="Only moderators can post"):
        run(carol, "edit", seq=1, body="BUY NOW")
    assert Message.objects.get().body == "early"


def test_slow_mode_lets_a_member_correct_a_message_once_and_then_wait(alice, bob, carol, lobby):
    run(alice, "rule", slow_mode="30")
    for user in (bob, carol):
        run(user, "post", body="helo")
    run(carol, "edit", seq=2, body="hello")
    with pytest.raises(TooFast) as refused:
        run(carol, "edit", seq=2, body="chat")
    assert 28 < refused.value.wait <= 30
    for body in ("one", "two"):
        run(bob, "edit", seq=1, body=body)
    Message.objects.filter(author=carol).update(edited_at=timezone.now() - timedelta(seconds=31))
    run(carol, "edit", seq=2, body="chat")
