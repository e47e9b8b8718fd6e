"""Uploading, validating and serving avatars."""

import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from PIL import Image

from a_rtchat import fragments
from a_rtchat.actions.messages import post_message
from a_rtchat.models import Message
from a_users import avatars
from a_users.models import Profile
from a_users.tests.pictures import ACCEPTED, REJECTED, SVG, color_at, encode, plain

pytestmark = pytest.mark.django_db

GPS, ORIENTATION = 0x8825, 0x0112


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """An empty upload folder."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client, content: bytes, name: str = "me.png"):
    """Upload a picture with the profile form."""
    return client.post("/profile/edit/", {"color": "red", "avatar": SimpleUploadedFile(name, content)})


def stored_files(media: Path) -> list[str]:
    """Return the names of all uploaded files."""
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def open_avatar(field) -> Image.Image:
    """Open a stored avatar."""
    with field.open() as file:
        return Image.open(BytesIO(file.read()), formats=["WEBP"])


def test_a_picture_becomes_two_squares_named_by_their_content(signed_in, alice, media):
    assert upload(signed_in(alice), encode(plain(size=(900, 300)))).url == "/@alice/"
    profile = Profile.objects.get(user=alice)
    assert open_avatar(profile.avatar).size == (512, 512)
    assert open_avatar(profile.avatar_small).size == (96, 96)
    assert re.fullmatch(rf"/media/avatars/{alice.pk}-[0-9a-f]{{16}}\.webp", profile.avatar.url)
    assert len(stored_files(media)) == 2


def test_a_picture_is_cropped_to_its_centre(signed_in, alice):
    picture = plain("blue", size=(900, 300))
    picture.paste("red", (300, 0, 600, 300))
    upload(signed_in(alice), encode(picture))
    avatar = open_avatar(Profile.objects.get(user=alice).avatar)
    assert all(color_at(avatar, x, y)[0] > 200 > 60 > color_at(avatar, x, y)[2] for x in (5, 506) for y in (5, 506))


@pytest.mark.filterwarnings("ignore:(Corrupt|Possibly corrupt|Truncated):UserWarning")
@pytest.mark.parametrize(("content", "color"), ACCEPTED.values(), ids=ACCEPTED)
def test_every_valid_still_picture_is_accepted(signed_in, alice, content, color):
    assert upload(signed_in(alice), content).status_code == 302
    shown = color_at(open_avatar(Profile.objects.get(user=alice).avatar))
    assert all(abs(actual - expected) < 8 for actual, expected in zip(shown, color, strict=True)), shown


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_rotated_and_its_metadata_removed(signed_in, alice, media, kind):
    picture = plain("blue", size=(200, 200))
    picture.paste("red", (0, 0, 200, 100))  # red at the top; on the right after the rotation
    exif = Image.Exif()
    exif[ORIENTATION], exif[0x010F] = 6, "Alice's camera"
    exif.get_ifd(GPS).update({1: "N", 2: (47.0, 22.0, 0.0)})
    content = encode(picture, kind, exif=exif, **({} if kind == "PNG" else {"quality": 95}))
    assert b"Alice's camera" in content
    upload(signed_in(alice), content)
    avatar = open_avatar(Profile.objects.get(user=alice).avatar)
    left, right = color_at(avatar, x=50), color_at(avatar, x=460)
    assert left[2] > 200 > 60 > left[0] and right[0] > 200 > 60 > right[2]
    assert not avatar.getexif() and not {"exif", "xmp", "icc_profile"} & avatar.info.keys()
    assert all(b"camera" not in path.read_bytes() for path in media.rglob("*.webp"))


@pytest.mark.parametrize(("make", "error"), REJECTED.values(), ids=REJECTED)
def test_an_invalid_file_is_rejected_quickly_and_not_stored(signed_in, alice, media, make, error):
    before, content = Profile.objects.values().get(user=alice), make()
    started = time.monotonic()
    response = upload(signed_in(alice), content)
    assert time.monotonic() - started < 2
    assert response.status_code == 422
    assert escape(str(error)) in response.content.decode()
    assert Profile.objects.values().get(user=alice) == before and stored_files(media) == []


def test_data_appended_to_a_picture_is_dropped(signed_in, alice, media):
    upload(signed_in(alice), encode(plain(), "JPEG") + b"PK\x03\x04 evil.html <script>")
    assert len(stored_files(media)) == 2
    assert all(b"script" not in path.read_bytes() for path in media.rglob("*.webp"))


def test_the_uploaded_file_name_is_ignored(signed_in, alice):
    assert upload(signed_in(alice), encode(plain()), "../../evil.svg").status_code == 302
    assert Profile.objects.get(user=alice).avatar.url.startswith(f"/media/avatars/{alice.pk}-")


def test_a_rejected_file_keeps_the_current_avatar(signed_in, alice, media):
    client = signed_in(alice)
    upload(client, encode(plain()))
    before = Profile.objects.values().get(user=alice), stored_files(media)
    page = upload(client, SVG).content.decode()
    assert (Profile.objects.values().get(user=alice), stored_files(media)) == before
    assert Profile.objects.get(user=alice).avatar.url in page


def test_a_new_avatar_replaces_the_files_of_the_old_one(signed_in, alice, media, django_capture_on_commit_callbacks):
    for color in ("red", "blue", "blue"):
        with django_capture_on_commit_callbacks(execute=True):
            upload(signed_in(alice), encode(plain(color)))
        profile = Profile.objects.get(user=alice)
        assert stored_files(media) == sorted(Path(field.path).name for field in (profile.avatar, profile.avatar_small))


def test_removing_an_avatar_keeps_another_users_identical_one(
    signed_in, alice, bob, media, django_capture_on_commit_callbacks
):
    for user in (alice, bob):
        upload(signed_in(user), encode(plain()))
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(alice).post("/profile/edit/", {"color": "red", "avatar-clear": "on"})
    alices, bobs = Profile.objects.get(user=alice), Profile.objects.get(user=bob)
    assert (alices.avatar.name, alices.avatar_small.name) == ("", "")
    assert stored_files(media) == sorted(Path(field.path).name for field in (bobs.avatar, bobs.avatar_small))


def test_deleting_a_user_deletes_the_avatar(signed_in, alice, media, django_capture_on_commit_callbacks):
    upload(signed_in(alice), encode(plain()))
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert stored_files(media) == []


def test_an_avatar_is_cached_forever_and_requires_signing_in(client, signed_in, alice, bob):
    upload(signed_in(alice), encode(plain()))
    url = Profile.objects.get(user=alice).avatar_small.url
    response = signed_in(bob).get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(response.content)).size == (96, 96)
    assert client.get(url).url.startswith("/?next=")
    assert signed_in(bob).post(url).status_code == 405


@pytest.mark.parametrize(
    "path",
    ["nobody.webp", "../db.sqlite3", "..%2Fsecret.webp", "%2e%2e/secret.webp", "x/../../secret.webp", "", "a.png"],
)
def test_no_other_file_is_served(signed_in, alice, media, path):
    (media / "secret.webp").write_bytes(b"secret")
    assert signed_in(alice).get(f"/media/avatars/{path}").status_code == 404


def test_a_message_shows_the_small_avatar_without_a_query(signed_in, alice, lobby, membership):
    upload(signed_in(alice), encode(plain()))
    small = Profile.objects.get(user=alice).avatar_small.url
    message = Message.objects.for_display().get(pk=post_message(membership, "hello")[0].pk)
    with CaptureQueriesContext(connection) as queries:
        html = fragments.message(message)
    assert re.search(rf'<img class="avatar" alt=""[^>]*\ssrc="{re.escape(small)}"', html) and len(queries) == 0


def test_without_an_avatar_a_message_shows_initials_in_the_profile_colour(signed_in, alice, membership):
    Profile.objects.filter(user=alice).update(color="teal", display_name="Alice & Co")
    message = Message.objects.for_display().get(pk=post_message(membership, "hello")[0].pk)
    html = fragments.message(message)
    assert re.search(r'<svg class="avatar"[^>]* data-color="teal"[^>]*><text [^>]*>AC</text></svg>', html)


@pytest.mark.parametrize(("content", "files"), [(encode(plain()), 2), (SVG, 0)])
def test_the_admin_applies_the_same_rules_to_avatars(admin_client, bob, media, content, files):
    address, data = f"/admin/a_users/user/{bob.pk}/change/", {"username": "bob", "is_active": "on", "theme": "system"}
    data |= {"date_joined_0": "2026-01-01", "date_joined_1": "12:00"}
    data |= {"profile-TOTAL_FORMS": "1", "profile-INITIAL_FORMS": "1", "profile-0-user": str(bob.pk)}
    data |= {"profile-0-id": str(bob.profile.pk), "profile-0-color": "red"}
    response = admin_client.post(address, data | {"profile-0-avatar": SimpleUploadedFile("me.png", content)})
    assert response.status_code == (302 if files else 200)
    assert (str(avatars.WRONG_TYPE) in response.content.decode()) is not bool(files)
    assert len(stored_files(media)) == files and bool(Profile.objects.get(user=bob).avatar_small) == bool(files)
