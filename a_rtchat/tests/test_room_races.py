"""What happens at the same time: PostgreSQL lets requests wait for each other, and the second one sees the first."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.http import Http404

from a_rtchat.actions import moderation
from a_rtchat.actions.blocking import block_user, unblock_user
from a_rtchat.actions.members import admit
from a_rtchat.actions.messages import post_message
from a_rtchat.commands import COMMANDS
from a_rtchat.models import Membership, Message
from a_rtchat.tests.steps import together
from conftest import make_user

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
TRIES = 8


def enter_and_run(user, verb, **data):
    """Run a command in the lobby as a request does."""
    return COMMANDS[verb].run(Membership.objects.enter_or_404(user, "lobby"), data)


def test_of_the_last_two_owners_who_leave_at_once_one_stays(alice, bob, carol, lobby):
    for _ in range(TRIES):
        lobby.memberships.filter(user__in=[alice, bob]).delete()
        for user in (alice, bob):
            Membership.objects.create(room=lobby, user=user, role="owner")
        together(lambda: enter_and_run(alice, "leave"), lambda: enter_and_run(bob, "leave"))
        assert lobby.memberships.filter(role="owner").count() == 1


def test_two_owners_who_hand_over_and_leave_at_once_leave_an_owner(alice, bob, carol, lobby):
    for _ in range(TRIES):
        lobby.memberships.filter(user__in=[alice, bob]).delete()
        for user, role in ((alice, "owner"), (bob, "moderator")):
            Membership.objects.create(room=lobby, user=user, role=role)
        together(lambda: enter_and_run(alice, "hand_over", username="bob"), lambda: enter_and_run(bob, "leave"))
        assert lobby.memberships.filter(role="owner").exists()


def test_no_post_follows_the_ban_of_its_author(bob, carol, lobby):
    for _ in range(TRIES):
        Membership.objects.filter(user=carol).update(banned_at=None)
        together(
            lambda: enter_and_run(bob, "ban", username="carol"),
            *[lambda: enter_and_run(carol, "post", body="hello")] * 3,
        )
        banned = Membership.objects.get(user=carol)
        assert banned.banned_at is not None
        assert not Message.objects.filter(room=lobby, revision__gt=banned.revision).exists()


def test_a_post_that_waits_for_a_ban_is_refused(bob, carol, lobby):
    late = Membership.objects.enter(carol, "lobby")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            moderation.ban(Membership.objects.enter(bob, "lobby"), "carol")
            posting = pool.submit(together, lambda: post_message(late, "hello"))
            with pytest.raises(TimeoutError):
                posting.result(timeout=0.3)
        [refusal] = posting.result(timeout=10)
    assert isinstance(refusal, ValidationError) and not Message.objects.exists()


def test_moderators_who_act_on_each_other_never_block_each_other(alice, bob, lobby):
    erin = make_user("erin")
    Membership.objects.create(room=lobby, user=erin, role="owner")
    for _ in range(TRIES):
        results = together(
            lambda: enter_and_run(alice, "mute", username="bob", until="hour"),
            lambda: enter_and_run(erin, "mute", username="bob", until="day"),
            lambda: enter_and_run(bob, "mute", username="carol", until="day"),
            lambda: enter_and_run(bob, "post", body="hello"),
        )
        assert all(result is None or not isinstance(result, Http404) for result in results)
        Membership.objects.update(muted_until=None)


def test_what_a_member_lists_beside_leaving_is_kept_or_refused(carol, lobby):
    for _ in range(TRIES):
        admit(lobby, carol)
        works = [partial(enter_and_run, carol, "favourite", on="1"), partial(enter_and_run, carol, "hide")]
        together(partial(enter_and_run, carol, "leave"), *works)


def test_blocking_beside_unblocking_fails_for_nobody(alice, bob):
    for _ in range(TRIES):
        together(*[partial(block_user, alice, bob), partial(unblock_user, alice, bob)] * 3)


def test_who_is_banned_while_leaving_stays_banned(bob, carol, lobby):
    for _ in range(TRIES):
        Membership.objects.update_or_create(room=lobby, user=carol, defaults={"banned_at": None, "role": "member"})
        results = together(lambda: enter_and_run(bob, "ban", username="carol"), lambda: enter_and_run(carol, "leave"))
        was_refused = isinstance(results[0], ValidationError)
        assert was_refused or Membership.objects.get(room=lobby, user=carol).banned_at is not None, results
