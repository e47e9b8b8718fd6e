"""The WSGI environ of an ASGI request."""

import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

Environ = dict[str, Any]

CONSTANT: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": FileWrapper,
}
NAMES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def build_environ(scope: dict[str, Any]) -> Environ:
    """Return the environ of a request, without its body."""
    server, port = scope.get("server") or ("localhost", 80)
    environ = {
        **CONSTANT,
        **paths(scope),
        "REQUEST_METHOD": scope["method"],
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.url_scheme": scope.get("scheme", "http"),
    }
    if client := scope.get("client"):
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    add_headers(environ, scope["headers"])
    return environ


def paths(scope: dict[str, Any]) -> Environ:
    """Return SCRIPT_NAME and PATH_INFO: percent-decoded bytes as latin-1 text, as WSGI wants them."""
    root = scope.get("root_path", "").encode().decode("latin-1")
    if raw := scope.get("raw_path"):
        path = unquote_to_bytes(raw).decode("latin-1")
    else:
        path = scope["path"].encode().decode("latin-1")
    return {"SCRIPT_NAME": root, "PATH_INFO": path.removeprefix(root)}


def add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Add the headers; drop names with underscores, which could spoof those with hyphens."""
    for name, value in headers:
        if b"_" in name:
            continue
        key = NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
