"""Exporting one's data, and deleting one's account."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from a_rtchat.actions.direct import open_direct_room
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Message
from a_rtchat.tests.conftest import make_tab, open_tab  # noqa: F401  (a fixture)
from a_users import export
from a_users.actions.accounts import change_username, deactivate, delete_account
from a_users.models import DataExport, User
from a_users.models.data_export import KEEP_FOR
from conftest import PASSWORD

EXPORT = "/profile/settings/export/"
DOWNLOAD = f"{EXPORT}download/"
DELETE = "/profile/settings/delete/"
in_database = database_sync_to_async


def unpack(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


def finish_exports():
    """Wait for the thread that writes exports."""
    export.threads.submit(lambda: None).result(timeout=10)


@pytest.mark.django_db(transaction=True)
def test_an_export_contains_all_of_ones_own_data_and_nobody_elses(just_signed_in, alice, bob, lobby):
    change_username(alice, "alicia")
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    for user, text in [(alice, "mine, with ünïcode 👋"), (bob, "his")]:
        post_message(Membership.objects.enter(user, "lobby"), text)
    post_message(Membership.objects.enter(alice, open_direct_room(alice, bob).slug), "between us")
    browser = just_signed_in(alice)
    browser.post(EXPORT)
    finish_exports()
    assert "Your data is ready" in browser.get(EXPORT).content.decode()
    response = browser.get(DOWNLOAD)
    assert response["Content-Disposition"].startswith('attachment; filename="backchat-alicia-')
    archive = unpack(response)
    parts = ("account.json", "profile.json", "rooms.json", "blocked.json", "messages.jsonl")
    assert set(archive.namelist()) == {"README.txt", *parts}
    bodies = [json.loads(line)["body"] for line in archive.read("messages.jsonl").splitlines()]
    assert bodies == ["mine, with ünïcode 👋", "between us"]
    account = json.loads(archive.read("account.json"))
    assert (account["username"], account["former_usernames"]) == ("alicia", ["alice"])
    assert account["emails"][0]["email"] == "alice@example.org" and len(account["devices"]) == 1
    assert len(json.loads(archive.read("rooms.json"))) == 2
    assert b"his" not in archive.read("messages.jsonl") and b"password" not in archive.read("account.json")


@pytest.mark.django_db(transaction=True)
def test_a_large_export_runs_in_the_background_and_the_page_polls_it(just_signed_in, alice, monkeypatch):
    started = []
    monkeypatch.setattr("a_users.views.leaving.start_export", lambda user: started.append(export.start_export(user)))
    finish_exports()
    browser = just_signed_in(alice)
    DataExport.objects.create(user=alice)
    page = browser.get(EXPORT).content.decode()
    assert "Preparing your data" in page and 'hx-trigger="every 1s"' in page
    assert browser.get(DOWNLOAD).status_code == 404
    browser.post(EXPORT)  # starts no second one while one is pending
    assert started == []
    DataExport.objects.update(asked_at=timezone.now() - KEEP_FOR)  # the process died
    browser.post(EXPORT)
    started[0].result(timeout=10)
    part = browser.get(EXPORT, headers={"HX-Request": "true"}).content.decode()
    assert "is ready" in part and "<html" not in part and "hx-trigger" not in part


@pytest.mark.django_db(transaction=True)
def test_an_export_is_deleted_after_a_day_or_by_the_next_one(alice, bob):
    export.start_export(alice).result(timeout=10)
    first = Path(DataExport.objects.get(user=alice).file.path)
    export.start_export(alice).result(timeout=10)
    second = Path(DataExport.objects.get(user=alice).file.path)
    assert (first.exists(), second.exists()) == (False, True)
    DataExport.objects.update(asked_at=timezone.now() - KEEP_FOR)
    export.start_export(bob).result(timeout=10)
    assert not second.exists() and not DataExport.objects.filter(user=alice).exists()


@pytest.mark.django_db(transaction=True)
def test_users_cannot_download_each_others_exports(just_signed_in, signed_in, client, alice, bob):
    export.start_export(alice).result(timeout=10)
    assert just_signed_in(bob).get(DOWNLOAD).status_code == 404
    for page in (EXPORT, DOWNLOAD):
        assert client.get(page).status_code == 302
        assert signed_in(alice).get(page).url.startswith("/accounts/reauthenticate/")
    name = DataExport.objects.get(user=alice).file.name
    assert client.get(f"{settings.MEDIA_URL}{name}").status_code == 404
    assert just_signed_in(alice).get(f"{settings.MEDIA_URL}{name}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_deleting_an_account_leaves_only_its_messages(just_signed_in, alice, bob, carol, lobby, studio):
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True, verified=True)
    post_message(Membership.objects.enter(alice, "lobby"), "I was here")
    direct = open_direct_room(alice, bob)
    alice.profile.avatar.save("alice.webp", ContentFile(b"a picture"))
    picture = Path(alice.profile.avatar.path)
    browser = just_signed_in(alice)
    assert "This can't be undone" in browser.get(DELETE).content.decode()
    goodbye = browser.post(DELETE, {"password": PASSWORD}, follow=True)
    assert "Goodbye" in goodbye.content.decode() and "_auth_user_id" not in browser.session
    gone = User.objects.get(pk=alice.pk)
    assert (gone.username, gone.email, gone.is_active, gone.profile.name) == (
        f"deleted-{gone.pk}", "", False, "Deleted user"
    )  # fmt: skip
    assert not gone.has_usable_password() and not picture.exists()
    assert not EmailAddress.objects.exists() and not gone.former_usernames.exists()
    assert Message.objects.get().body == "I was here"
    assert lobby.memberships.get(role="owner").user == bob and studio.memberships.count() == 2
    assert direct.memberships.count() == 2  # bob keeps the room and its name
    assert "Deleted user" in just_signed_in(bob).get("/rooms/lobby/").content.decode()
    assert User.objects.is_free("alice")


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", "not mine"])
def test_deleting_an_account_requires_the_password(just_signed_in, alice, password):
    response = just_signed_in(alice).post(DELETE, {"password": password})
    assert response.status_code == 422 and "password" in response.content.decode()
    assert User.objects.get(pk=alice.pk).is_active


@pytest.mark.django_db
def test_guessing_the_password_is_rate_limited(just_signed_in, alice):
    browser = just_signed_in(alice)
    codes = [browser.post(DELETE, {"password": f"guess {n}"}).status_code for n in range(15)]
    assert codes[0] == 422 and codes[-1] == 429


@pytest.mark.django_db
def test_a_user_without_a_password_only_has_to_reauthenticate(signed_in, client, alice):
    assert client.post(DELETE).status_code == 302
    browser = signed_in(alice)
    alice.set_unusable_password()
    alice.save()
    browser.force_login(alice)
    assert browser.get(DELETE).status_code == 200
    assert "password" not in browser.get(DELETE).context["form"].fields


@pytest.mark.django_db
def test_a_room_without_owner_or_moderator_passes_to_the_longest_standing_member_who_posted(alice, carol, lobby, bob):
    lobby.memberships.filter(user=bob).delete()
    post_message(Membership.objects.enter(carol, lobby.slug), "hello")
    delete_account(alice)
    assert lobby.memberships.get(role="owner").user == carol


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("remove", [delete_account, deactivate])
async def test_the_sockets_of_a_removed_account_close_at_once(open_tab, alice, bob, lobby, remove):  # noqa: F811
    theirs, others = await open_tab(alice, "lobby"), await open_tab(bob, "lobby")
    await in_database(remove)(alice)
    assert await theirs.close_code() in (4401, 4403)
    await others.send(body="still here")
    assert "still here" in await others.next_message()
