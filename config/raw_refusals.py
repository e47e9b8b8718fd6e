"""Refusals of what never becomes a request: a head that is too large, no HTTP at all, a broken handshake."""

from http import HTTPStatus
from typing import Any

from websockets.http11 import Response
from websockets.server import ServerProtocol

from config.browser_headers import for_text


def refusal(status: HTTPStatus, text: str) -> bytes:
    """Return a response with one line of text, after which the connection is closed."""
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(text)),
        "Connection": "close",
        **for_text(),
    }
    lines = [f"HTTP/1.1 {status} {status.phrase}", *(f"{name.lower()}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + f"\r\n\r\n{text}").encode("ascii")


def complete_rejections(conn: ServerProtocol) -> None:
    """Add the headers of our other refusals to a socket's refused handshakes, which the library answers itself."""
    reject = conn.reject

    def completed(*status_and_text: Any) -> Response:
        response = reject(*status_and_text)
        for name, value in for_text().items():
            response.headers[name] = value
        return response

    conn.reject = completed  # type: ignore[assignment, method-assign]
