"""Posts at the moment in which their author's account is deleted."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.commands import COMMANDS
from a_rtchat.frames import Frame, carry_out_all
from a_rtchat.models import Membership, Message
from a_users.actions.accounts import delete_account

pytestmark = pytest.mark.django_db(transaction=True)

PAUSE = 0.7  # seconds between the door and the message, in which the account is deleted unless that has to wait


@pytest.fixture
def delete_at_the_door(monkeypatch, alice):
    """Delete alice's account in another thread as soon as she has gone through a door.

    Yield the futures of the deletion, each with the number of messages at its end.
    """
    real = Membership.objects.enter_all
    deletions: list[Future] = []

    def delete() -> int:
        try:
            delete_account(alice)
            return Message.objects.count()
        finally:
            connection.close()

    def enter_all(user_ids, slug):
        members = real(user_ids, slug)
        if not deletions:
            deletions.append(thread.submit(delete))
            wait(deletions[0])
        return members

    with ThreadPoolExecutor(1) as thread:
        monkeypatch.setattr(Membership.objects, "enter_all", enter_all)
        yield deletions


def wait(deletion: Future) -> None:
    """Wait until the account is deleted, or until that must be waiting for us."""
    try:
        deletion.result(timeout=PAUSE)
    except TimeoutError:
        return


def frame(user, room, number=0) -> Frame:
    return Frame(user.pk, room.slug, COMMANDS["post"], {"body": f"late {number}"})


@pytest.mark.parametrize("kind", ["open", "direct"])
@pytest.mark.parametrize("frames", [1, 3])
def test_no_frame_posts_after_the_deletion_of_its_author(delete_at_the_door, alice, bob, lobby, kind, frames):
    room = open_direct_room(alice, bob) if kind == "direct" else lobby
    carry_out_all([frame(alice, room, number) for number in range(frames)])
    assert delete_at_the_door[0].result() == Message.objects.count()
    assert carry_out_all([frame(alice, room)]) == [None]


@pytest.mark.parametrize("kind", ["open", "direct"])
def test_no_request_posts_after_the_deletion_of_its_author(signed_in, delete_at_the_door, alice, bob, lobby, kind):
    room = open_direct_room(alice, bob) if kind == "direct" else lobby
    client = signed_in(alice)
    response = client.post(f"/rooms/{room.slug}/messages/", {"body": "late"})
    assert delete_at_the_door[0].result() == Message.objects.count()
    assert response.status_code == (404 if Message.objects.count() == 0 else 302)
