"""Taking one's data along, and leaving for good."""

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

from a_rtchat.actions.messages import post_message
from a_rtchat.actions.rooms import open_direct_room
from a_rtchat.models import Membership, Message
from a_rtchat.tests.conftest import make_tab, open_tab  # noqa: F401  (a fixture)
from a_users import export
from a_users.actions.accounts import change_username, deactivate, delete_account
from a_users.models import DataExport, User
from a_users.models.data_export import KEPT
from conftest import PASSWORD

EXPORT = "/profile/settings/export/"
DOWNLOAD = f"{EXPORT}download/"
DELETE = "/profile/settings/delete/"
in_database = database_sync_to_async


def unpack(response):
    return zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))


@pytest.mark.django_db(transaction=True)
def test_a_copy_holds_all_that_is_kept_and_nothing_of_others(just_in, alice, bob, lobby):
    change_username(alice, "alicia")
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)
    for user, text in [(alice, "mine, with ünïcode 👋"), (bob, "his")]:
        post_message(Membership.objects.enter(user, "lobby"), text)
    post_message(Membership.objects.enter(alice, open_direct_room(alice, bob).slug), "between us")
    browser = just_in(alice)
    page = browser.post(EXPORT, follow=True)
    assert "Your copy is ready" in page.content.decode()
    answer = browser.get(DOWNLOAD)
    assert answer["Content-Disposition"].startswith('attachment; filename="backchat-alicia-')
    archive = unpack(answer)
    assert set(archive.namelist()) == {"README.txt", "account.json", "profile.json", "rooms.json", "messages.jsonl"}
    said = [json.loads(line)["body"] for line in archive.read("messages.jsonl").splitlines()]
    assert said == ["mine, with ünïcode 👋", "between us"]
    account = json.loads(archive.read("account.json"))
    assert (account["username"], account["former_usernames"]) == ("alicia", ["alice"])
    assert account["emails"][0]["email"] == "alice@example.org" and len(account["devices"]) == 1
    assert len(json.loads(archive.read("rooms.json"))) == 2
    assert b"his" not in archive.read("messages.jsonl") and b"password" not in archive.read("account.json")


@pytest.mark.django_db(transaction=True)
def test_a_large_copy_is_made_in_the_background_and_the_page_tells(just_in, alice, monkeypatch):
    going_on = []
    monkeypatch.setattr(
        "a_users.views.leaving.ask_for_export", lambda user: going_on.append(export.ask_for_export(user))
    )
    monkeypatch.setattr("a_users.views.leaving.wait", lambda *args, **kwargs: None)
    export.threads.submit(lambda: None).result()
    browser = just_in(alice)
    DataExport.objects.create(user=alice)
    page = browser.get(EXPORT).content.decode()
    assert "is being made" in page and 'hx-trigger="every 3s"' in page
    assert browser.get(DOWNLOAD).status_code == 404
    browser.post(EXPORT)  # while one is under way, no second one is begun
    assert going_on == []
    DataExport.objects.update(asked_at=timezone.now() - KEPT)  # its process has died
    browser.post(EXPORT)
    going_on[0].result(timeout=10)
    part = browser.get(EXPORT, headers={"HX-Request": "true"}).content.decode()
    assert "is ready" in part and "<html" not in part and "hx-trigger" not in part


@pytest.mark.django_db(transaction=True)
def test_a_copy_is_dropped_after_a_day_and_by_the_next_one(alice, bob):
    export.ask_for_export(alice).result(timeout=10)
    first = Path(DataExport.objects.get(user=alice).file.path)
    export.ask_for_export(alice).result(timeout=10)
    second = Path(DataExport.objects.get(user=alice).file.path)
    assert (first.exists(), second.exists()) == (False, True)
    DataExport.objects.update(asked_at=timezone.now() - KEPT)
    export.ask_for_export(bob).result(timeout=10)
    assert not second.exists() and not DataExport.objects.filter(user=alice).exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_the_copy_of_another(just_in, signed_in, client, alice, bob):
    export.ask_for_export(alice).result(timeout=10)
    assert just_in(bob).get(DOWNLOAD).status_code == 404
    for page in (EXPORT, DOWNLOAD):
        assert client.get(page).status_code == 302
        assert signed_in(alice).get(page).url.startswith("/accounts/reauthenticate/")
    name = DataExport.objects.get(user=alice).file.name
    assert client.get(f"{settings.MEDIA_URL}{name}").status_code == 404
    assert just_in(alice).get(f"{settings.MEDIA_URL}{name}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whoever_deletes_their_account_leaves_only_what_they_said(just_in, alice, bob, carol, lobby, studio):
    EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True, verified=True)
    post_message(Membership.objects.enter(alice, "lobby"), "I was here")
    direct = open_direct_room(alice, bob)
    alice.profile.avatar.save("alice.webp", ContentFile(b"a picture"))
    picture = Path(alice.profile.avatar.path)
    browser = just_in(alice)
    assert "This cannot be undone" in browser.get(DELETE).content.decode()
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
    assert direct.memberships.count() == 2  # the other half keeps its room, and its name
    assert "Deleted user" in just_in(bob).get("/rooms/lobby/").content.decode()
    assert User.objects.is_free("alice")


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", "not mine"])
def test_without_the_password_nothing_is_deleted(just_in, alice, password):
    response = just_in(alice).post(DELETE, {"password": password})
    assert response.status_code == 422 and "password" in response.content.decode()
    assert User.objects.get(pk=alice.pk).is_active


@pytest.mark.django_db
def test_guessing_the_password_is_limited(just_in, alice):
    browser = just_in(alice)
    codes = [browser.post(DELETE, {"password": f"guess {n}"}).status_code for n in range(15)]
    assert codes[0] == 422 and codes[-1] == 429


@pytest.mark.django_db
def test_whoever_has_no_password_shows_themselves_in_another_way(signed_in, client, alice):
    assert client.post(DELETE).status_code == 302
    browser = signed_in(alice)
    alice.set_unusable_password()
    alice.save()
    browser.force_login(alice)
    assert browser.get(DELETE).status_code == 200
    assert "password" not in browser.get(DELETE).context["form"].fields


@pytest.mark.django_db
def test_a_room_without_an_owner_goes_to_whoever_is_longest_in_it(alice, carol, lobby, bob):
    lobby.memberships.filter(user=bob).delete()
    delete_account(alice)
    assert lobby.memberships.get(role="owner").user == carol


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [delete_account, deactivate])
async def test_the_sockets_of_whoever_is_gone_close_at_once(open_tab, alice, bob, lobby, end):  # noqa: F811
    theirs, others = await open_tab(alice, "lobby"), await open_tab(bob, "lobby")
    await in_database(end)(alice)
    assert await theirs.close_code() in (4401, 4403)
    await others.send(body="still here")
    assert "still here" in await others.next_message()
