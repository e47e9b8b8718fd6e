"""The demo data."""

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from a_rtchat.models import Membership, Message, Room
from a_users.models import User

pytestmark = pytest.mark.django_db


def test_seeding_twice_creates_the_data_once(settings):
    settings.DEBUG = True
    for _ in range(2):
        call_command("seed_demo")
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "bob", "carol", "mallory"}
    assert Room.objects.get(slug="lobby").kind == Room.Kind.OPEN
    assert sorted(Room.objects.values_list("kind", flat=True)) == ["closed", "direct", "open"]
    assert not Membership.objects.filter(user__username="mallory").exists()
    assert Message.objects.count() == 10
    assert authenticate(username="mallory", password="backchat-demo")


def test_it_refuses_to_run_in_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--force"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_force_creates_no_administrator(settings):
    settings.DEBUG = False
    call_command("seed_demo", "--force")
    assert not User.objects.filter(is_staff=True).exists()
