"""Turn an uploaded picture into square avatars, or the icon of a room, without metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from a_users.image_structure import Costly, Part, count_samples, read_parts
from a_users.limits import Limit, Places

LARGE, SMALL = 512, 96  # pixels per side: for the profile page, and next to messages
ICON = 192  # of a room
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 4096 * 4096  # 4 bytes each in memory; decoding a PNG takes 25 ns for each
MAX_JPEG_PIXELS = 50_000_000  # higher, for phone cameras: JPEGs are decoded at reduced size
MAX_VISITED = 500_000_000  # samples that the scans of a JPEG visit, at about 1 ns; a progressive one of 50 MP: 400
MAX_SCANS = 100  # of a JPEG; a progressive one has about ten
MAX_STORED = 100_000_000  # samples of a JPEG; with several scans, all are kept in memory, at 2 bytes

TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
TOO_LARGE = _("That file is larger than 5 MB. Choose a smaller one.")
WRONG_TYPE = _("Unsupported image type. Choose a JPEG, PNG, WebP or GIF.")
TOO_MANY_PIXELS = _("This image is too large: 16 megapixels at most (50 for JPEG).")
TOO_COMPLEX = _("This image takes too long to decode. Save it as a plain JPEG, then try again.")
ANIMATED = _("Animated images aren't supported. Choose a still image.")
CORRUPTED = _("This image file is corrupted. Choose another.")

BUSY = _("We're processing other pictures right now. Choose the picture again in a moment.")
TOO_MANY = _("You've chosen many pictures in a row. Wait %(time)s, then choose the picture again.")

uploads = Limit("avatars", 5, 100, TOO_MANY)  # per user: at once, then one every 20 s
decoders = Places(2, BUSY)  # pictures decoded at once in a process, at 200 MB each


def make_avatar(upload: File, owner_id: int) -> tuple[ContentFile, ContentFile]:
    """Return an upload as two WebP files, large and small, named by their content.

    Raises ValidationError for anything but a valid still image, and Limited for too many at once.
    """
    square = _decode(upload, owner_id)
    return _encode(square), _encode(_reduced(square, SMALL))


def make_icon(upload: File, owner_id: int) -> ContentFile:
    """Return an upload as one small WebP file, named by its content. Raises what `make_avatar` raises."""
    return _encode(_reduced(_decode(upload, owner_id), ICON))


def _decode(upload: File, owner_id: int) -> Image.Image:
    """Return an upload as a large square, within the limits of its owner and of this process."""
    uploads.take(owner_id)
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(TOO_LARGE, code="too_large")
    with decoders, _as_validation_errors():
        return _read(upload.read())


def _reduced(square: Image.Image, side: int) -> Image.Image:
    return square.resize((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)


@contextmanager
def _as_validation_errors() -> Iterator[None]:
    """Turn Pillow's errors into ValidationErrors."""
    try:
        yield
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels") from None
    except UnidentifiedImageError:
        raise ValidationError(WRONG_TYPE, code="wrong_type") from None
    except Costly as error:
        raise ValidationError(TOO_COMPLEX, code="too_complex") from error
    except Exception as error:
        raise ValidationError(CORRUPTED, code="corrupted") from error


def _read(data: bytes) -> Image.Image:
    """Decode a file into a large square, after checking its structure and its header."""
    parts = read_parts(data)
    with Image.open(BytesIO(data), formats=list(TYPES.values())) as picture:
        is_jpeg = picture.format in ("JPEG", "MPO")  # MPO: a JPEG followed by others, from some phones
        if is_jpeg:
            _check_jpeg(picture, parts)
            picture.draft(None, (2 * LARGE, 2 * LARGE))  # decode it no larger than needed
        _check_pixels(picture, MAX_PIXELS)
        if not is_jpeg and getattr(picture, "is_animated", False):
            raise ValidationError(ANIMATED, code="animated")
        return _square(picture)


def _check_jpeg(picture: Image.Image, segments: list[Part]) -> None:
    _check_pixels(picture, MAX_JPEG_PIXELS)
    stored, visited, scans = count_samples(segments)
    if stored > MAX_STORED or visited > MAX_VISITED or scans > MAX_SCANS:
        raise ValidationError(TOO_COMPLEX, code="too_complex")


def _check_pixels(picture: Image.Image, most: int) -> None:
    if picture.width * picture.height > most:
        raise ValidationError(TOO_MANY_PIXELS, code="too_many_pixels")


def _square(picture: Image.Image) -> Image.Image:
    """Return the centre of a picture, upright, on white and without metadata."""
    picture.load()
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    centre = _to_rgb(picture).resize((LARGE, LARGE), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    upright = _upright(centre)
    square = Image.new("RGB", upright.size, "white")
    square.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return square


def _upright(picture: Image.Image) -> Image.Image:
    """Rotate a picture as its EXIF data says; ignore EXIF data that is corrupted."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001  (any of Pillow's errors)
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Convert a picture to RGB, or to RGBA if it has transparency."""
    if picture.mode.startswith(("I", "F")):  # 16-bit grey: keep the upper 8 bits
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _encode(square: Image.Image) -> ContentFile:
    """Return a WebP file named by its content, so that caches may keep it forever."""
    buffer = BytesIO()
    square.save(buffer, "WEBP", quality=85, method=4)
    content = buffer.getvalue()
    return ContentFile(content, name=f"{sha256(content).hexdigest()[:16]}.webp")
