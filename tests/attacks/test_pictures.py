"""Pictures that cost more to decode than to send."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from a_users import avatars
from a_users.limits import Limited
from a_users.tests.pictures import chunk, encode, plain

pytestmark = pytest.mark.django_db

PROGRESSIVE = encode(Image.new("RGB", (8192, 6000)), "JPEG", progressive=True, quality=30)  # ten scans, 49 megapixels
LAST_SCAN = PROGRESSIVE[PROGRESSIVE.rindex(b"\xff\xc4") : -2]  # refines the brightness of every pixel
TINY_JPEG, TINY_PNG = encode(plain(), "JPEG"), encode(plain())
AFTER_HEADER = 33  # of a PNG: signature and IHDR


def inside(picture: bytes, at: int, extra: bytes) -> bytes:
    return picture[:at] + extra + picture[at:]


EXIF = b"\xff\xe1\x00\x28Exif\0\0MM\0*\0\0\0\x08" + bytes(24)
COSTLY = {
    "49 megapixels in 100 scans": (PROGRESSIVE[:-2] + LAST_SCAN * 90 + b"\xff\xd9", avatars.TOO_COMPLEX),
    "49 megapixels in 20 scans": (PROGRESSIVE[:-2] + LAST_SCAN * 10 + b"\xff\xd9", avatars.TOO_COMPLEX),
    "100,000 EXIF segments": (inside(TINY_JPEG, 2, EXIF * 100_000), avatars.TOO_COMPLEX),
    "a million empty segments": (inside(TINY_JPEG, 2, b"\xff\xe5\0\x02" * 1_000_000), avatars.TOO_COMPLEX),
    "four million bytes of padding": (inside(TINY_JPEG, 2, b"\xff" * 4_000_000), avatars.TOO_COMPLEX),
    "400,000 empty chunks": (inside(TINY_PNG, AFTER_HEADER, chunk(b"abAb", b"") * 400_000), avatars.TOO_COMPLEX),
    "a wide JPEG that can't be scaled down": (
        encode(Image.new("L", (65_000, 760)), "JPEG"),
        avatars.TOO_MANY_PIXELS,
    ),
    "a PNG of 25 megapixels": (encode(Image.new("RGB", (5000, 5000)), "PNG"), avatars.TOO_MANY_PIXELS),
    "a frame in which two components share a name": (
        TINY_JPEG.replace(b"\x01\x22\x00\x02\x11\x01\x03\x11\x01", b"\x01\x22\x00\x01\x11\x01\x01\x11\x01", 1),
        avatars.TOO_COMPLEX,
    ),
    "a lossless frame": (TINY_JPEG.replace(b"\xff\xc0", b"\xff\xc3", 1), avatars.TOO_COMPLEX),
}
ORDINARY = {
    "a progressive JPEG of 49 megapixels": PROGRESSIVE,
    "a noisy progressive JPEG of 48 megapixels": encode(
        Image.effect_noise((800, 600), 60).convert("RGB").resize((8000, 6000), Image.Resampling.BICUBIC),
        "JPEG",
        progressive=True,
        quality=40,
    ),
    "a PNG of 16 megapixels with transparency": encode(Image.new("RGBA", (4096, 4096), (9, 9, 9, 99))),
    "a JPEG with 80 segments of metadata": inside(TINY_JPEG, 2, (b"\xff\xe5\xf0\0" + bytes(0xF000 - 2)) * 80),
}


@pytest.mark.parametrize(("content", "error"), COSTLY.values(), ids=COSTLY)
def test_a_costly_picture_is_refused_before_it_is_decoded(content, error):
    started = time.process_time()
    with pytest.raises(ValidationError) as refused:
        avatars.make_avatar(ContentFile(content), owner_id=1)
    assert refused.value.message == error
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize("content", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_large_picture_is_accepted_and_takes_about_half_a_second_at_most(content):
    started = time.process_time()
    avatars.make_avatar(ContentFile(content), owner_id=1)
    assert time.process_time() - started < 1  # 0.4 s at most on an idle machine


def upload(client, content: bytes = TINY_PNG, **typed: str):
    data = {"color": "red", "avatar": SimpleUploadedFile("me.png", content), **typed}
    return client.post("/profile/edit/", data)


def test_uploads_beyond_the_decoders_are_refused_at_once_instead_of_waiting(signed_in, alice):
    client = signed_in(alice)
    with avatars.decoders, avatars.decoders:
        started = time.monotonic()
        response = upload(client, about="typed with care")
        assert time.monotonic() - started < 1
    page = response.content.decode()
    assert response.status_code == 429 and "processing other pictures" in page and "typed with care" in page
    assert upload(client).status_code == 302, "the decoders were given back"


def test_decoders_are_given_back_after_an_invalid_picture():
    for _ in range(3):
        with pytest.raises(ValidationError):
            avatars.make_avatar(ContentFile(b"no picture"), owner_id=1)


def test_many_pictures_at_once_never_wait_for_each_other():
    def attempt(owner_id: int) -> str:
        try:
            avatars.make_avatar(ContentFile(PROGRESSIVE), owner_id)
        except Limited:
            return "refused"
        return "accepted"

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(attempt, range(8)))
    assert set(results) == {"accepted", "refused"}


def test_each_user_has_a_few_uploads_and_invalid_ones_count(signed_in, alice, bob):
    client = signed_in(alice)
    for _ in range(4):
        assert upload(client, b"no picture").status_code == 422
    assert upload(client).status_code == 302
    response = upload(client, about="typed with care")
    page = response.content.decode()
    assert response.status_code == 429 and "many pictures in a row" in page and "typed with care" in page
    assert upload(signed_in(bob)).status_code == 302
    assert client.post("/profile/edit/", {"color": "blue"}).status_code == 302, "the rest can still be saved"


def test_the_welcome_page_has_the_same_limit(signed_in, alice):
    client = signed_in(alice)
    answers = [client.post("/welcome/", {"avatar": SimpleUploadedFile("me.png", TINY_PNG)}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
