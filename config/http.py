"""HTTP for Django: fixed pools of threads behind an ASGI server.

Django's own ASGI handler makes a thread and a database connection for each request. Here a few threads run Django's
WSGI handler and keep their connections. The event loop receives the whole body before it takes a thread, and sends
files in portions.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from wsgiref.util import FileWrapper

from a_live.clients import network_of
from config.http_body import Body, ClientGoneError, Receive, RefusedError, Uploads
from config.http_environ import Environ, build_environ
from config.http_response import Head, Response, Send, WSGIApplication, close, send_text
from config.http_threads import Threads

READ_BYTES = 256 * 1024  # read from a file at a time
URL_LIMIT = 16 * 1024  # bytes of a path and its query; Django would log a traceback for some longer ones
BODILESS_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

T = TypeVar("T")
Run = Callable[..., asyncio.Future[Any]]  # runs a function in a thread


class ThreadedHTTP:
    """An ASGI application that runs a WSGI application in pools of threads."""

    def __init__(
        self, app: WSGIApplication, lane_of: Callable[[str, str], Threads], body_limit: Callable[[str], int]
    ) -> None:
        self.app, self.lane_of, self.body_limit = app, lane_of, body_limit
        self.uploads = Uploads()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = build_environ(scope)
        body = Body(receive, network_of(environ), self.body_limit(environ["PATH_INFO"]), self.uploads)
        try:
            await self._receive(environ, body)
            await self._respond(environ, body, send)
        except RefusedError as error:
            await self._refuse(error, environ, body, send)
        except ClientGoneError:
            return
        finally:
            body.close()

    async def _receive(self, environ: Environ, body: Body) -> None:
        """Set wsgi.input and CONTENT_LENGTH. Raises RefusedError."""
        if len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > URL_LIMIT:
            raise RefusedError(414, "This address is too long.")
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdigit() and int(length) > body.limit:
            raise RefusedError(413, "This upload is too large.")
        if length or "HTTP_TRANSFER_ENCODING" in environ or environ["REQUEST_METHOD"] not in BODILESS_METHODS:
            await body.receive_all()
        body.is_complete = True
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = body.file, str(body.size)

    async def _respond(self, environ: Environ, body: Body, send: Send) -> None:
        lane = self.lane_of(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if lane.is_full_for(body.client):
            raise RefusedError(503, "Too busy. Try again in a moment.")
        response = Response(send, body)
        try:
            job = lane.run(body.client, response.make, self.app, environ)
            if lane.is_busy:
                response.listen()  # skip requests whose client has left
            made = await finish(job)
            if made is not None:
                await self._send(response, partial(lane.run, body.client), *made)
        finally:
            response.stop_listening()

    async def _send(self, response: Response, run: Run, head: Head, content: bytes | FileWrapper) -> None:
        if isinstance(content, bytes):
            await response.send_page(head, content)
            return
        try:
            await response.send_part(head.message())
            while part := await run(content.filelike.read, READ_BYTES):
                await response.send_part({"type": "http.response.body", "body": part, "more_body": True})
            await response.send_part({"type": "http.response.body"})
        finally:
            await finish(run(close, content))

    async def _refuse(self, error: RefusedError, environ: Environ, body: Body, send: Send) -> None:
        """Answer with one line; close the connection if the body hasn't been received."""
        body.close()
        headers = [(b"retry-after", b"2")] if error.status in (429, 503) else []
        if body.is_complete:
            await send_text(send, error.status, error.text, *headers)
        else:
            rest = None if "HTTP_EXPECT" in environ else body.drop_rest()
            await send_text(send, error.status, error.text, *headers, (b"connection", b"close"), before_end=rest)


async def finish(job: asyncio.Future[T]) -> T:
    """Return the result of a job, also when the server cancels the request on shutdown; a second time ends it."""
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        return await job
