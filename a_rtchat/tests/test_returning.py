"""What comes back when someone returns to a room, and what was decided before the lock and no longer holds."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from a_rtchat.actions.bans import ban_member
from a_rtchat.actions.invites import accept_invite, create_invite, invite_people
from a_rtchat.actions.members import admit, join_room, leave_room
from a_rtchat.actions.messages import post_message
from a_rtchat.actions.moderation import ban, demote, mute, remove
from a_rtchat.actions.requests import answer_request
from a_rtchat.actions.rooms import create_room
from a_rtchat.guests import Guests
from a_rtchat.models import Invite, JoinRequest, Membership, Room
from a_users.actions.accounts import delete_account
from a_users.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def enter(user, room):
    return Membership.objects.enter(user, room.slug)


def test_a_mute_and_slow_mode_outlast_leaving_and_joining(bob, carol, lobby):
    posted_at = timezone.now()
    Membership.objects.filter(user=carol).update(posted_at=posted_at)
    mute(enter(bob, lobby), "carol", timezone.now() + timedelta(days=7))
    leave_room(enter(carol, lobby))
    back = join_room(carol, "lobby")
    assert back.posted_at == posted_at
    with pytest.raises(ValidationError, match="muted you"):
        post_message(enter(carol, lobby), "hello")


def test_who_was_banned_while_leaving_stays_banned(bob, carol, lobby):
    late = enter(carol, lobby)
    ban(enter(bob, lobby), "carol")
    with pytest.raises(ValidationError):
        leave_room(late)
    with pytest.raises(Room.DoesNotExist):
        join_room(carol, "lobby")


def test_a_demoted_moderator_gets_no_role_by_the_same_link(alice, bob, studio):
    link = create_invite(enter(alice, studio), "moderator", None, None)
    demote(enter(alice, studio), "bob")
    leave_room(enter(bob, studio))
    assert accept_invite(bob, link.token).role == "member"


def test_a_link_for_moderators_works_once_and_only_owners_see_it(signed_in, alice, bob, studio):
    link = create_invite(enter(alice, studio), "moderator", None, 10)
    assert link.uses_left == 1
    for who, seen in ((alice, True), (bob, False)):
        page = signed_in(who).get("/rooms/studio/invites/").content.decode()
        assert (link.token in page) is seen
        assert (signed_in(who).get(f"/rooms/studio/invites/{link.pk}/").status_code == 200) is seen


@pytest.mark.parametrize("end", ["remove", "demote", "leave"])
def test_the_links_of_who_may_no_longer_invite_are_over(end, alice, bob, mallory, studio):
    link = create_invite(enter(bob, studio), "member", None, None)
    if end == "leave":
        leave_room(enter(bob, studio))
    else:
        {"remove": remove, "demote": demote}[end](enter(alice, studio), "bob")
    for user in (mallory, bob) if end != "demote" else (mallory,):
        with pytest.raises(ValidationError):
            accept_invite(user, link.token)


def test_who_was_removed_never_inherits_an_abandoned_room(alice, carol):
    room = create_room(alice, "Tea").room
    admit(room, carol)
    post_message(enter(carol, room), "hello")
    remove(enter(alice, room), "carol")
    leave_room(enter(alice, room))
    assert admit(room, carol).role == "member"


def test_the_last_owner_returns_to_a_room_with_only_the_banned(alice, carol):
    room = create_room(alice, "Tea").room
    post_message(enter(alice, room), "hello")
    ban_member(admit(room, carol))
    leave_room(enter(alice, room))
    assert admit(room, alice).role == "owner"


@pytest.mark.parametrize("path", ["/profile/edit/?/invite/{}/", "/rooms/?q=x#/invite/{}", "/rooms/?next=/invite/{}/"])
def test_signing_in_on_the_way_to_another_page_joins_nothing(client, mallory, invite, path):
    client.post("/accounts/login/", {"login": "mallory", "password": PASSWORD, "next": path.format(invite.token)})
    assert not Membership.objects.filter(user=mallory).exists()


@pytest.mark.parametrize("address", ["/", "/accounts/login/"])
def test_the_page_for_signing_in_names_the_room_that_one_joins(client, invite, address):
    Room.objects.filter(pk=invite.room_id).update(name="Tea & <cake>")
    paths = {f"/invite/{invite.token}/": True, "/rooms/": False, "/invite/unknown-token/": False}
    for path, is_named in paths.items():
        page = client.get(address, {"next": path}, follow=True).content.decode()
        assert ("<bdi>Tea &amp; &lt;cake&gt;</bdi>" in page) == is_named


def test_accepting_a_request_of_someone_who_is_in_already_closes_it(alice, carol, studio):
    request = JoinRequest.objects.create(room=studio, user=carol)
    answer_request(enter(alice, studio), request.pk, True)
    studio.refresh_from_db()
    assert not JoinRequest.objects.exists() and studio.open_requests == 0


def test_who_is_no_moderator_any_more_invites_nobody(alice, bob, mallory, studio):
    late = enter(bob, studio)
    demote(enter(alice, studio), "bob")
    for act in (lambda: invite_people(late, Guests([mallory], [])), lambda: create_invite(late, "member", None, 1)):
        with pytest.raises(ValidationError):
            act()
    assert not Invite.objects.exists()


def test_a_deleted_account_joins_nothing(mallory, lobby):
    late = User.objects.get(pk=mallory.pk)
    delete_account(mallory)
    with pytest.raises(ValidationError):
        admit(lobby, late)
    assert not Membership.objects.filter(user=late).exists()
