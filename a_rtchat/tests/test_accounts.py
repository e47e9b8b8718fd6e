"""What becomes of the chat's rows when an account is deleted, and what an export says of them."""

import pytest

from a_rtchat.extension import ChatExtension
from a_rtchat.models import Block, Invite, JoinRequest, LogEntry
from a_users.actions.accounts import delete_account

pytestmark = pytest.mark.django_db


def test_blocks_invites_and_requests_go_with_an_account_and_the_log_stays(alice, bob, carol, mallory, lobby, studio):
    for blocker, blocked in ((bob, carol), (carol, bob), (alice, carol)):
        Block.objects.create(blocker=blocker, blocked=blocked)
    for creator in (alice, bob):
        Invite.objects.create(room=studio, creator=creator)
    JoinRequest.objects.create(room=studio, user=mallory)
    LogEntry.objects.create(room=studio, actor=bob, verb="remove", target=mallory)
    delete_account(bob)
    delete_account(mallory)
    assert list(Block.objects.values_list("blocker", "blocked")) == [(alice.pk, carol.pk)]
    assert [invite.creator for invite in Invite.objects.all()] == [alice] and not JoinRequest.objects.exists()
    assert LogEntry.objects.get().actor_id == bob.pk


def test_an_export_names_the_people_one_blocks_and_not_who_blocks_one(alice, bob, carol, lobby):
    Block.objects.create(blocker=alice, blocked=bob)
    Block.objects.create(blocker=carol, blocked=alice)
    data = ChatExtension().export(alice)
    assert data["blocked"] == ["bob"]
    assert data["rooms"][0].keys() >= {"room__slug", "role", "notify", "is_favourite", "last_read_seq"}
