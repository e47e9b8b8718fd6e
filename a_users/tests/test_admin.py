"""The admin pages for users."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message
from a_users import middleware
from a_users.actions.accounts import change_username
from a_users.models import User

pytestmark = pytest.mark.django_db
USERS = "/admin/a_users/user/"


def test_search_finds_current_and_former_usernames(admin_client, alice, bob):
    change_username(alice, "alicia")
    for query in ("alic", "alice", "ALICIA"):
        assert [user.username for user in admin_client.get(USERS, {"q": query}).context["cl"].result_list] == ["alicia"]


def test_the_pages_show_the_profile_and_when_a_user_was_last_seen(admin_client, alice):
    User.objects.filter(pk=alice.pk).update(last_seen_at=timezone.now() - timedelta(days=3))
    assert "last_seen_at" in admin_client.get(USERS).content.decode()
    page = admin_client.get(f"{USERS}{alice.pk}/change/").content.decode()
    assert "Activity" in page and "profile-0-display_name" in page


def test_deactivating_users_keeps_their_messages_and_skips_oneself(admin_client, admin_user, alice, bob, lobby):
    post_message(Membership.objects.enter(alice, "lobby"), "I was here")
    chosen = [alice.pk, bob.pk, admin_user.pk]
    admin_client.post(USERS, {"action": "deactivate_selected", "_selected_action": chosen})
    assert set(User.objects.filter(is_active=True).values_list("username", flat=True)) == {"admin", "carol"}
    assert Message.objects.get().body == "I was here"


def test_staff_without_the_permission_cannot_deactivate_users(client, alice, bob):
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    client.post(USERS, {"action": "deactivate_selected", "_selected_action": [alice.pk]})
    alice.refresh_from_db()
    assert alice.is_active


def test_last_seen_is_updated_every_few_minutes_and_not_on_each_request(just_signed_in, alice):
    browser = just_signed_in(alice)
    device = alice.usersession_set.get()
    long_ago = timezone.now() - timedelta(hours=1)
    User.objects.update(last_login=long_ago)
    for _ in range(2):
        browser.get("/rooms/", headers={"User-Agent": "Firefox", "X-Forwarded-For": "6.6.6.6"})
    seen = User.objects.get(pk=alice.pk).last_seen_at
    device.refresh_from_db()
    assert seen > long_ago and device.user_agent == "Firefox" and device.ip == "127.0.0.1"
    User.objects.update(last_seen_at=None)
    browser.get("/rooms/")
    assert User.objects.get(pk=alice.pk).last_seen_at is None
    cache.clear()  # a few minutes later
    middleware._checked.clear()
    browser.get("/rooms/")
    assert User.objects.get(pk=alice.pk).last_seen_at is not None


def test_administrators_sign_in_on_the_home_page(client, admin_user):
    """Django's sign-in page skips two-step sign-in."""
    for method in (client.get, client.post):
        response = method("/admin/login/", {"username": "admin", "password": "password"})
        assert response.status_code == 302 and response.url.startswith("/?next=")
    assert "_auth_user_id" not in client.session
