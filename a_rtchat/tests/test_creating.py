"""New rooms: how they look, and whom they invite."""

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from a_rtchat.actions.invited import invitations_of
from a_rtchat.actions.rooms import change_room
from a_rtchat.models import Block, Invite, Membership, Room
from a_users import avatars
from a_users.tests.pictures import SVG, animated, encode, plain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(content=None, name="icon.png"):
    return SimpleUploadedFile(name, content or encode(plain()), "image/png")


def test_a_room_gets_its_description_and_emoji(signed_in, alice):
    text = "All about tea\r\n\r\n\r\nand biscuits"
    signed_in(alice).post("/rooms/new/", {"name": "Tea", "kind": "closed", "description": text, "icon": " 🍵 "})
    room = Room.objects.get()
    assert (room.kind, room.description, room.icon) == ("closed", "All about tea\n\nand biscuits", "🍵")
    page = signed_in(alice).get(room.get_absolute_url()).content.decode()
    assert page.count('<span class="room-icon" aria-hidden="true">🍵') == 2  # in the header and in the list


@pytest.mark.parametrize("emoji", ["🍵", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️", "👍🏽", "1️⃣", "👩🏻‍❤️‍💋‍👨🏿", "☕"])
def test_any_single_emoji_can_be_an_icon(signed_in, alice, emoji):
    assert signed_in(alice).post("/rooms/new/", {"name": "Tea", "icon": emoji}).status_code == 302
    assert Room.objects.get().icon == emoji


def test_an_emoji_that_lacks_its_mark_is_completed(signed_in, alice):
    signed_in(alice).post("/rooms/new/", {"name": "Sun", "icon": "☀"})
    assert Room.objects.get().icon == "☀️"


@pytest.mark.parametrize(
    "text", ["a", "🍵🍵", "🍵a", "🇩", "1", "<b>", "あ\ufe0f", "\u200b", "x" * 17, "👍" + "🏽" * 20]
)
def test_nothing_else_can_be_an_icon_and_what_was_typed_is_kept(signed_in, alice, text):
    response = signed_in(alice).post("/rooms/new/", {"name": "Kept", "icon": text, "description": "Also kept"})
    assert response.status_code == 422 and not Room.objects.exists()
    assert 'value="Kept"' in response.content.decode() and "Also kept" in response.content.decode()


def test_a_picture_becomes_a_small_webp_that_only_those_who_see_the_room_get(signed_in, alice, mallory, client):
    signed_in(alice).post("/rooms/new/", {"name": "Tea", "kind": "closed", "picture": upload()})
    room = Room.objects.get()
    url = f"/rooms/{room.slug}/picture/{str(room.picture).removeprefix('rooms/')}"
    picture = signed_in(alice).get(url)
    assert picture["Content-Type"] == "image/webp"
    assert picture.content[8:12] == b"WEBP" and len(picture.content) < 10_000
    assert "immutable" in picture["Cache-Control"] and url in signed_in(alice).get("/rooms/").content.decode()
    assert signed_in(mallory).get(url).status_code == 404
    assert client.get(url).status_code == 302
    Room.objects.update(kind="open")
    assert signed_in(mallory).get(url).status_code == 200
    assert signed_in(mallory).get(url.replace(room.slug, "nowhere")).status_code == 404


@pytest.mark.parametrize("content", [SVG, b"nonsense", animated("GIF"), encode(plain())[:60]])
def test_a_file_that_is_no_still_picture_is_refused_and_stores_nothing(signed_in, alice, content):
    response = signed_in(alice).post("/rooms/new/", {"name": "Kept", "picture": upload(content)})
    assert response.status_code == 422 and "errorlist" in response.content.decode()
    assert 'value="Kept"' in response.content.decode() and not Room.objects.exists()


def test_a_picture_has_to_be_chosen_again_if_something_else_is_wrong(signed_in, alice):
    page = signed_in(alice).post("/rooms/new/", {"name": "", "picture": upload()}).content.decode()
    assert "Enter a room name." in page and "Please choose the picture again." in page


def test_too_many_pictures_are_refused_for_a_while(signed_in, alice):
    answers = [signed_in(alice).post("/rooms/new/", {"name": "Tea", "picture": upload()}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert "many pictures in a row" in answers[-1].content.decode()


def test_a_busy_decoder_is_refused(signed_in, alice):
    with avatars.decoders, avatars.decoders:
        response = signed_in(alice).post("/rooms/new/", {"name": "Tea", "picture": upload()})
    assert response.status_code == 429 and not Room.objects.exists()


def test_a_new_picture_replaces_the_file(alice, signed_in):
    signed_in(alice).post("/rooms/new/", {"name": "Tea", "picture": upload()})
    room = Room.objects.get()
    before = str(room.picture)
    change_room(room, picture=upload(name="b.webp"))
    assert default_storage.exists(str(room.picture)) and not default_storage.exists(before)


def test_renaming_keeps_the_slug(signed_in, alice):
    signed_in(alice).post("/rooms/new/", {"name": "Tea"})
    room = Room.objects.get()
    slug = room.slug
    change_room(room, name="Coffee")
    room.refresh_from_db()
    assert (room.name, room.slug) == ("Coffee", slug)


def test_people_are_invited_at_once_by_name_and_by_email(signed_in, alice, bob, carol, settings):
    settings.CAN_SEND_MAIL = True
    people = "Bob, @carol;\nDave <Dave@example.org>\n\n eve@example.org, alice"
    response = signed_in(alice).post("/rooms/new/", {"name": "Tea", "kind": "closed", "people": people})
    room = Room.objects.get()
    assert response.url == room.get_absolute_url()
    assert set(room.invites.values_list("user__username", "email")) == {
        ("bob", ""),
        ("carol", ""),
        (None, "Dave@example.org"),
        (None, "eve@example.org"),
    }
    assert {to for message in mail.outbox for to in message.to} == {"Dave@example.org", "eve@example.org"}
    assert not Membership.objects.exclude(user=alice).exists()
    assert room.log.filter(verb="invite").count() == 4


def test_each_wrong_name_is_told_and_nothing_is_created_or_lost(signed_in, alice, bob, settings):
    settings.CAN_SEND_MAIL = True
    people = "bob, nobody-at-all, x@y, <script>"
    response = signed_in(alice).post("/rooms/new/", {"name": "Kept", "people": people})
    page = response.content.decode()
    assert response.status_code == 422 and not Room.objects.exists() and not Invite.objects.exists()
    assert "called “nobody-at-all”" in page and "“x@y” isn" in page and "called “&lt;script&gt;”" in page
    assert "bob, nobody-at-all, x@y, &lt;script&gt;" in page and 'value="Kept"' in page


def test_too_many_people_at_once_are_refused(signed_in, alice):
    people = ", ".join(f"person-{n}" for n in range(21))
    response = signed_in(alice).post("/rooms/new/", {"name": "Tea", "people": people})
    assert response.status_code == 422 and "20 people at most" in response.content.decode()


def test_without_a_mail_server_an_address_is_refused_and_the_way_is_told(signed_in, alice, settings):
    settings.CAN_SEND_MAIL = False
    page = signed_in(alice).post("/rooms/new/", {"name": "Tea", "people": "eve@example.org"}).content.decode()
    assert "can&#x27;t send email. Share an invite link with eve@example.org instead." in page
    assert not Room.objects.exists()


def test_a_former_username_is_enough_and_a_deactivated_user_is_not(signed_in, alice, bob, carol):
    from a_users.actions.accounts import change_username

    change_username(bob, "robert")
    type(carol).objects.filter(pk=carol.pk).update(is_active=False)
    client = signed_in(alice)
    assert client.post("/rooms/new/", {"name": "Tea", "people": "bob"}).status_code == 302
    assert Invite.objects.get().user == bob
    assert client.post("/rooms/new/", {"name": "Tea", "people": "carol"}).status_code == 422


def test_who_has_blocked_the_inviter_never_sees_the_invite_and_the_inviter_learns_nothing(signed_in, alice, bob):
    Block.objects.create(blocker=bob, blocked=alice)
    assert signed_in(alice).post("/rooms/new/", {"name": "Tea", "people": "bob"}).status_code == 302
    assert Invite.objects.get().user == bob and invitations_of(bob) == []


@pytest.mark.parametrize("name", ["x" * 200, "", " \u200b"])
def test_an_empty_or_long_name_is_refused(signed_in, alice, name):
    assert signed_in(alice).post("/rooms/new/", {"name": name}).status_code == 422
    assert not Room.objects.exists()


@pytest.mark.parametrize("name", ["🎉🎉", "غرفة الشاي", "\u202eabc"])
def test_emoji_and_right_to_left_names_are_fine(signed_in, alice, name):
    assert signed_in(alice).post("/rooms/new/", {"name": name}).status_code == 302
    assert signed_in(alice).get(Room.objects.get().get_absolute_url()).status_code == 200


def test_an_archived_default_room_is_not_joined_by_newcomers(client, alice):
    Room.objects.create(slug="old", name="Old", is_default=True, archived_at=timezone.now())
    client.post("/accounts/signup/", {"username": "dave", "password1": "correct horse battery"})
    assert not Membership.objects.exists()
