"""Losing access closes a user's sockets at once, and no others."""

from unittest.mock import patch

import pytest
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from a_live.hub import current_hub
from a_rtchat.actions.bans import ban_member
from a_rtchat.actions.members import admit, remove_member
from a_rtchat.actions.rooms import delete_room
from a_rtchat.models import Membership
from conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

in_database = database_sync_to_async


async def still_hears(tab):
    """Return whether a socket is open and live."""
    await tab.send(body="still here")
    return await tab.next_bodies(1) == ["still here"]


@pytest.mark.parametrize("end_it", [remove_member, ban_member])
async def test_a_removed_or_banned_member_loses_only_that_room(open_tab, carol, alice, lobby, studio, end_it):
    inside, elsewhere = await open_tab(carol, studio), await open_tab(carol, lobby)
    other = await open_tab(alice, studio)
    membership = await in_database(Membership.objects.select_related("room").get)(user=carol, room=studio)
    await in_database(end_it)(membership)
    assert await inside.close_code() == 4403
    assert await elsewhere.next() == f'<li id="room-{studio.pk}" hx-swap-oob="delete"></li>'
    assert await still_hears(elsewhere) and await still_hears(other)


async def test_deleting_a_room_closes_all_its_sockets(open_tab, alice, bob, lobby, studio):
    tabs = [await open_tab(alice, studio), await open_tab(bob, studio)]
    elsewhere = await open_tab(alice, lobby)
    await in_database(delete_room)(studio)
    assert [await tab.close_code() for tab in tabs] == [4404, 4404]
    assert await still_hears(elsewhere)


async def test_signing_out_ends_that_session_only(open_tab, alice, lobby):
    client = Client()
    await in_database(client.force_login)(alice)
    key = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    here, elsewhere = await open_tab(alice, lobby, session_key=key), await open_tab(alice, lobby)
    await in_database(client.post)("/accounts/logout/")
    assert await here.close_code() == 4401
    assert await still_hears(elsewhere)


async def test_signing_out_of_the_admin_closes_sockets_too(open_tab, django_user_model, lobby):
    root = await in_database(django_user_model.objects.create_superuser)("root", password="x")
    await in_database(admit)(lobby, root)
    client = Client()
    await in_database(client.force_login)(root)
    tab = await open_tab(root, lobby, session_key=client.cookies[django_settings.SESSION_COOKIE_NAME].value)
    await in_database(client.post)("/admin/logout/")
    assert await tab.close_code() == 4401


async def test_a_new_password_ends_every_session(open_tab, alice, bob, lobby):
    tabs, other = [await open_tab(alice, lobby) for _ in range(2)], await open_tab(bob, lobby)
    client = Client()
    await in_database(client.force_login)(alice)
    data = {"oldpassword": PASSWORD, "password1": "another good secret", "password2": "another good secret"}
    response = await in_database(client.post)("/accounts/password/change/", data)
    assert response.status_code == 302
    assert [await tab.close_code() for tab in tabs] == [4401, 4401]
    assert await still_hears(other)


@pytest.mark.parametrize("entrance", ["deactivate", "password"])
async def test_changes_in_the_admin_take_effect_at_once(open_tab, django_user_model, alice, lobby, entrance):
    tab = await open_tab(alice, lobby)
    client = Client()
    await in_database(client.force_login)(
        await in_database(django_user_model.objects.create_superuser)("root", password="x")
    )
    profile = await in_database(lambda: alice.profile)()
    forms = {
        "deactivate": (
            f"/admin/a_users/user/{alice.pk}/change/",
            {
                "username": "alice",
                "date_joined_0": "2026-01-01",
                "date_joined_1": "00:00:00",
                "profile-TOTAL_FORMS": 1,
                "profile-INITIAL_FORMS": 1,
                "profile-0-id": profile.pk,
                "profile-0-user": alice.pk,
                "profile-0-color": profile.color,
            },
        ),
        "password": (
            f"/admin/a_users/user/{alice.pk}/password/",
            {"password1": "another good secret", "password2": "another good secret", "usable_password": "true"},
        ),
    }
    response = await in_database(client.post)(*forms[entrance])
    assert response.status_code == 302
    assert await tab.close_code() == 4401


@pytest.mark.parametrize("end_it", ["membership", "ban", "session", "user", "password"])
async def test_revocations_without_an_event_are_found_by_rechecking(open_tab, carol, alice, studio, end_it):
    tab, other = await open_tab(carol, studio), await open_tab(alice, studio)

    def behind_the_back():
        memberships = Membership.objects.filter(user=carol)
        if end_it == "membership":
            memberships.delete()
        elif end_it == "ban":
            memberships.update(banned_at=timezone.now())
        elif end_it == "session":
            with patch("a_live.events._send"):
                from django.contrib.sessions.models import Session

                Session.objects.exclude(session_key=other.session_key).delete()
        elif end_it == "user":
            type(carol).objects.filter(pk=carol.pk).update(is_active=False)
        else:
            carol.set_password("another good secret")
            carol.save()

    await in_database(behind_the_back)()
    await current_hub().recheck()
    assert await tab.close_code() == (4401 if end_it in ("session", "password") else 4403)
    assert await still_hears(other)
