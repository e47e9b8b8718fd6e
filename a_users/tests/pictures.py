"""Valid pictures, and invalid files that look like pictures."""

import struct
import zlib
from io import BytesIO

from PIL import Image

from a_users import avatars

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def encode(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Encode a picture."""
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(
    color: str | float | tuple[float, ...] = "red", mode: str = "RGB", size: tuple[int, int] = (60, 40)
) -> Image.Image:
    """Return a picture in a single colour."""
    return Image.new(mode, size, color)


def color_at(picture: Image.Image, x: int = 256, y: int = 256) -> tuple[int, ...]:
    """Return a pixel as (red, green, blue)."""
    return tuple(picture.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes())


def animated(kind: str) -> bytes:
    """Return an animation of two frames."""
    return encode(plain("red"), kind, save_all=True, append_images=[plain("blue")])


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """Return a valid PNG of side x side black pixels, compressed row by row."""
    packer = zlib.compressobj()
    rows = b"".join(packer.compress(bytes(3 * side + 1)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_fake_size(data: bytes, marker: bytes, offset: int, size: bytes) -> bytes:
    """Replace the size in a file's header."""
    at = data.index(marker) + offset
    return data[:at] + size + data[at + len(size) :]


def jpeg_of_many_scans() -> bytes:
    """Return a progressive JPEG of 200 scans."""
    data = encode(plain(), "JPEG", progressive=True)
    scans = data[data.index(b"\xff\xda") : -2]
    return data[:-2] + scans * 50 + data[-2:]


ACCEPTED = {
    "grey": (encode(plain(128, "L")), (128, 128, 128)),
    "16-bit grey": (encode(plain(40000, "I;16")), (156, 156, 156)),
    "black and white": (encode(plain(1, "1")), (255, 255, 255)),
    "a palette": (encode(plain("blue").quantize(4)), (0, 0, 255)),
    "a palette with transparency": (encode(plain(0, "P"), transparency=0), (255, 255, 255)),
    "half transparent": (encode(plain((255, 0, 0, 128), "RGBA")), (255, 127, 127)),
    "CMYK": (encode(plain((0, 255, 255, 0), "CMYK"), "JPEG"), (254, 0, 0)),
    "WebP": (encode(plain("red"), "WEBP", lossless=True), (255, 0, 0)),
    "a still GIF": (encode(plain("blue"), "GIF"), (0, 0, 255)),
    "a phone's JPEG followed by a second one": (animated("MPO"), (254, 0, 0)),
    "a JPEG with corrupted EXIF": (
        encode(plain(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"?" * 90),
        (254, 0, 0),
    ),
    "a JPEG with invalid EXIF": (encode(plain(), "JPEG", exif=b"Exif\0\0nothing"), (254, 0, 0)),
    "a single pixel": (encode(plain(size=(1, 1))), (255, 0, 0)),
    "very wide": (encode(plain(size=(60_000, 3))), (255, 0, 0)),
    "a JPEG of 48 megapixels": (encode(plain(size=(8000, 6000)), "JPEG"), (254, 0, 0)),
}

JPEG = encode(Image.effect_noise((200, 200), 50), "JPEG")
WEBP = encode(plain(), "WEBP", lossless=True)
REJECTED = {
    "20,000 x 20,000 pixels": (lambda: bomb(20_000), avatars.TOO_MANY_PIXELS),
    "a PNG of 17 megapixels": (lambda: bomb(4_100), avatars.TOO_MANY_PIXELS),
    "a GIF of 65,535 pixels a side": (
        lambda: with_fake_size(encode(plain(), "GIF"), b"GIF8", 6, b"\xff" * 4),
        avatars.TOO_MANY_PIXELS,
    ),
    "a WebP of 16,384 pixels a side": (
        lambda: with_fake_size(WEBP, b"VP8L", 9, struct.pack("<I", 16383 | 16383 << 14)),
        avatars.TOO_MANY_PIXELS,
    ),
    "a JPEG of 65,535 pixels a side": (
        lambda: with_fake_size(JPEG, b"\xff\xc0", 5, b"\xff" * 4),
        avatars.TOO_MANY_PIXELS,
    ),
    "6 MB": (lambda: encode(plain()) + bytes(6 * 1024 * 1024), avatars.TOO_LARGE),
    "an SVG": (lambda: SVG, avatars.WRONG_TYPE),
    "text": (lambda: b"I am a picture, honestly.", avatars.WRONG_TYPE),
    "a TIFF": (lambda: encode(plain(), "TIFF"), avatars.WRONG_TYPE),
    "a BMP": (lambda: encode(plain(), "BMP"), avatars.WRONG_TYPE),
    "an animated GIF": (lambda: animated("GIF"), avatars.ANIMATED),
    "an animated PNG": (lambda: animated("PNG"), avatars.ANIMATED),
    "an animated WebP": (lambda: animated("WEBP"), avatars.ANIMATED),
    "a truncated JPEG": (lambda: JPEG[: len(JPEG) // 2], avatars.CORRUPTED),
    "a truncated PNG": (lambda: encode(Image.effect_noise((90, 90), 50))[:-900], avatars.CORRUPTED),
    "a JPEG header and a ZIP": (lambda: JPEG[:300] + b"PK\x03\x04" + bytes(2000), avatars.CORRUPTED),
    "a PNG header and a ZIP": (lambda: bomb(20)[:33] + b"PK\x03\x04" + bytes(2000), avatars.WRONG_TYPE),
    "a JPEG marker and a ZIP": (lambda: b"\xff\xd8\xff\xe0PK\x03\x04" + bytes(2000), avatars.WRONG_TYPE),
    "a JPEG of 200 scans": (jpeg_of_many_scans, avatars.TOO_COMPLEX),
    "an empty file": (lambda: b"", "The submitted file is empty."),
}
