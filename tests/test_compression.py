"""Pages are compressed for browsers that accept it."""

import gzip
import zlib

import brotli
import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.compression import MIN_BYTES, CompressionMiddleware, choose_encoding, compress_brotli, compress_gzip

TEXT = "Ein langer Text. " * 200


def process(response, accepted="gzip, deflate, br"):
    """Return a response after the middleware."""
    request = RequestFactory().get("/", headers={"accept-encoding": accepted})
    return CompressionMiddleware(lambda _: response)(request)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_the_encoding_follows_the_accept_encoding_header(accepted, encoding):
    assert choose_encoding(accepted) == encoding


@pytest.mark.parametrize(("accepted", "decompress"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_page_is_compressed(accepted, decompress):
    response = process(HttpResponse(TEXT, headers={"ETag": '"1"', "Vary": "Cookie"}), accepted)
    assert response["Content-Encoding"] == accepted
    assert decompress(response.content).decode() == TEXT
    assert int(response["Content-Length"]) == len(response.content) < len(TEXT) / 10
    assert (response["ETag"], response["Vary"]) == ('W/"1"', "Cookie, Accept-Encoding")


def test_an_uncompressed_page_has_a_vary_header():
    response = process(HttpResponse(TEXT), "identity")
    assert response.content.decode() == TEXT
    assert response["Vary"] == "Accept-Encoding" and not response.has_header("Content-Encoding")


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("x" * (MIN_BYTES - 1)),
        HttpResponse(TEXT, headers={"Content-Encoding": "zstd"}),
        HttpResponse(TEXT, content_type="image/webp"),
        StreamingHttpResponse(iter([TEXT])),
        FileResponse(iter([TEXT.encode()]), content_type="text/plain"),
        HttpResponse(status=204),
    ],
    ids=["short", "encoded", "picture", "stream", "file", "empty"],
)
def test_other_responses_are_unchanged(response):
    before = dict(response.headers)
    assert dict(process(response).headers) == before


@pytest.mark.parametrize("compress", [compress_brotli, compress_gzip])
def test_the_length_of_a_compressed_page_varies(compress):
    """A fixed length would allow the BREACH attack."""
    assert len({len(compress(TEXT.encode())) for _ in range(200)}) > 30


@pytest.mark.parametrize("compress", [compress_brotli, compress_gzip])
def test_a_compressed_page_can_be_decompressed_as_it_arrives(compress):
    is_brotli = compress is compress_brotli
    read = brotli.Decompressor().process if is_brotli else zlib.decompressobj(zlib.MAX_WBITS + 16).decompress
    compressed = compress(TEXT.encode())
    assert b"".join(read(compressed[n : n + 1]) for n in range(len(compressed))).decode() == TEXT


def test_the_landing_page_is_compressed(client, db):
    plain = client.get("/").content
    response = client.get("/", headers={"accept-encoding": "br"})
    assert response["Content-Encoding"] == "br"
    assert len(brotli.decompress(response.content)) == len(plain)
