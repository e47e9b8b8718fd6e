"""Avatars: a picture that somebody chose becomes two small squares that tell nothing else about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

LARGE, SMALL = 512, 96  # pixels of a side: for the profile page, and beside messages
MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000  # 4 bytes each while it is being read
MOST_PIXELS_OF_A_JPEG = 50_000_000  # which is read at a fraction of its size: what phones make
MOST_SCANS = 100  # of a progressive JPEG; each goes over the whole picture, and usual are about ten
START_OF_SCAN = b"\xff\xda"

TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
TOO_LARGE = _("This file is larger than 5 MB. Choose a smaller one.")
WRONG_TYPE = _("This is no picture that can be shown here. Choose a JPEG, PNG, WebP or GIF file.")
TOO_MANY_PIXELS = _("This picture has too many pixels: at most 25 million fit, or 50 million of a JPEG.")
ANIMATED = _("This picture moves. Choose one that stands still.")
DAMAGED = _("This picture is damaged. Choose another one.")

_one_at_a_time = Lock()  # so that uploads together take no more memory than one


def make_avatar(upload: File) -> tuple[ContentFile, ContentFile]:
    """Return what was uploaded as two WebP files, large and small, named by their content.

    Raises ValidationError, with a sentence for the one who uploaded it, for anything but a sound still picture.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(TOO_LARGE, code="too_large")
    with _one_at_a_time, _clear_refusals():
        square = _read(upload.read())
    return _encode(square), _encode(square.resize((SMALL, SMALL), Image.Resampling.LANCZOS, reducing_gap=3.0))


@contextmanager
def _clear_refusals() -> Iterator[None]:
    """Tell whatever Pillow may raise as one of our sentences."""
    try:
        yield
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels") from None
    except UnidentifiedImageError:
        raise ValidationError(WRONG_TYPE, code="wrong_type") from None
    except Exception as error:
        raise ValidationError(DAMAGED, code="damaged") from error


def _read(data: bytes) -> Image.Image:
    """Return a file's picture as a large square; what its header says is looked at before anything is decoded."""
    with Image.open(BytesIO(data), formats=list(TYPES.values())) as picture:
        is_jpeg = picture.format in ("JPEG", "MPO")  # MPO: a JPEG with further ones behind it, as some phones make
        _check_header(picture, is_jpeg)
        if is_jpeg and data.count(START_OF_SCAN) > MOST_SCANS:
            raise ValidationError(DAMAGED, code="damaged")
        picture.draft(None, (2 * LARGE, 2 * LARGE))  # has a JPEG decoded no larger than is needed
        return _square(picture)


def _check_header(picture: Image.Image, is_jpeg: bool) -> None:
    if picture.width * picture.height > (MOST_PIXELS_OF_A_JPEG if is_jpeg else MOST_PIXELS):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels")
    if not is_jpeg and getattr(picture, "is_animated", False):
        raise ValidationError(ANIMATED, code="animated")


def _square(picture: Image.Image) -> Image.Image:
    """Return the middle of a picture on white, turned as it was taken; nothing else of the file comes along."""
    picture.load()
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    middle = _in_rgba(picture).resize((LARGE, LARGE), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    upright = _upright(middle)
    square = Image.new("RGB", upright.size, "white")
    square.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return square


def _upright(picture: Image.Image) -> Image.Image:
    """Return a picture turned as its notes (EXIF) say; damaged notes are no fault of the picture."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001  (as above)
        return picture


def _in_rgba(picture: Image.Image) -> Image.Image:
    """Return a picture of any mode as RGB, or as RGBA where something shines through."""
    if picture.mode.startswith(("I", "F")):  # 16 bits of grey, of which the upper eight are kept
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _encode(square: Image.Image) -> ContentFile:
    """Return a WebP file whose name changes with its content, so that it may be kept for ever."""
    buffer = BytesIO()
    square.save(buffer, "WEBP", quality=85, method=4)
    content = buffer.getvalue()
    return ContentFile(content, name=f"{sha256(content).hexdigest()[:16]}.webp")
