"""The door into rooms."""

import pytest
from django.utils import timezone

from a_rtchat.models import Membership, Room

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_a_member_enters_a_private_room(name, studio, request):
    user = request.getfixturevalue(name)
    assert Membership.objects.enter(user, "studio").user == user


def test_entering_joins_nobody(mallory, lobby):
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.enter(mallory, "lobby")
    assert not Membership.objects.filter(user=mallory).exists()


@pytest.mark.parametrize("kind", [Room.Kind.CLOSED, Room.Kind.DIRECT])
def test_a_stranger_cannot_enter_a_private_or_direct_room(mallory, kind):
    Room.objects.create(slug="den", name="Den", kind=kind, direct_key="1-2" if kind == Room.Kind.DIRECT else None)
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.enter(mallory, "den")
    assert not Membership.objects.filter(user=mallory).exists()


def test_an_unknown_room_is_refused_like_a_private_one(mallory):
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.enter(mallory, "nowhere")


def test_a_banned_member_cannot_enter_even_an_open_room(carol, lobby):
    lobby.memberships.filter(user=carol).update(banned_at=timezone.now())
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.enter(carol, "lobby")


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_a_deactivated_account_cannot_enter(name, carol, mallory, lobby):
    user = {"carol": carol, "mallory": mallory}[name]
    user.is_active = False
    user.save()
    with pytest.raises(Membership.DoesNotExist):
        Membership.objects.enter(user, "lobby")


def test_entering_costs_one_query(carol, studio, django_assert_num_queries):
    with django_assert_num_queries(1):
        membership = Membership.objects.enter(carol, "studio")
        assert (membership.room.name, membership.user.profile.name) == ("Studio", "carol")


def test_rooms_are_visible_to_members_and_open_ones_to_everyone(mallory, carol, lobby, studio):
    assert set(Room.objects.visible_to(mallory)) == {lobby}
    assert set(Room.objects.visible_to(carol)) == {lobby, studio}


def test_a_banned_member_cannot_see_the_room(carol, lobby):
    lobby.memberships.filter(user=carol).update(banned_at=timezone.now())
    assert not Room.objects.visible_to(carol).exists()
