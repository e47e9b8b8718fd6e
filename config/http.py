"""HTTP for Django: a fixed pool of threads behind an ASGI server.

Django's own ASGI handler makes a thread and a database connection for each request. Here a few threads run Django's
WSGI handler and keep their connections. Bodies and files are streamed between the event loop and the threads.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from wsgiref.util import FileWrapper

from config.http_body import Body, BodyTooLargeError, BrokenUploadError, ClientGoneError, Receive, as_file
from config.http_environ import Environ, build_environ
from config.http_response import Head, Response, Send, WSGIApplication, close, send_text
from config.http_threads import Threads

READ_BYTES = 256 * 1024  # read from a file at a time
LINGER_SECONDS = 5.0  # how long to go on receiving a refused upload
BODILESS_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}

T = TypeVar("T")


class ThreadedHTTP:
    """An ASGI application that runs a WSGI application in a pool of threads."""

    def __init__(
        self, app: WSGIApplication, threads: Threads, queue_limit: int, body_limit: Callable[[str], int]
    ) -> None:
        self.app, self.threads, self.queue_limit, self.body_limit = app, threads, queue_limit, body_limit
        self.upload_slots = asyncio.Semaphore(max(1, threads.count // 2))  # slow uploads must not hold every thread

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.threads.waiting >= self.queue_limit:
            await send_text(send, 503, "Too busy. Try again in a moment.", (b"retry-after", b"2"))
            return
        environ = build_environ(scope)
        body = Body(receive, self.body_limit(environ["PATH_INFO"]))
        try:
            await self._answer(environ, body, send)
        except BodyTooLargeError:
            await self._refuse(environ, body, send)
        except BrokenUploadError:  # only Django turns it into an answer
            if body.is_too_large:
                await self._refuse(environ, body, send)
        except ClientGoneError:
            return

    async def _answer(self, environ: Environ, body: Body, send: Send) -> None:
        await self._add_input(environ, body)
        if body.is_complete:
            await self._respond(environ, body, send)
        else:
            async with self.upload_slots:
                await self._respond(environ, body, send)

    async def _add_input(self, environ: Environ, body: Body) -> None:
        """Set wsgi.input and CONTENT_LENGTH; read a small body as a whole."""
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdigit() and int(length) > body.limit:
            raise BodyTooLargeError(length)
        if not length and "HTTP_TRANSFER_ENCODING" not in environ and environ["REQUEST_METHOD"] in BODILESS_METHODS:
            body.is_complete = True
        first = await body.prefetch()
        environ["wsgi.input"] = as_file(first, body)
        if body.is_complete:
            environ["CONTENT_LENGTH"] = str(body.size)
        elif not length:
            environ["CONTENT_LENGTH"] = str(body.limit)  # Django reads up to this; the body may end earlier

    async def _respond(self, environ: Environ, body: Body, send: Send) -> None:
        response = Response(send, body)
        try:
            job = self.threads.run(response.make, self.app, environ)
            if body.is_complete and self.threads.waiting > self.queue_limit // 4:
                response.listen()  # under load, skip requests whose client has left
            made = await finish(job)
            if made is not None:
                await self._send(response, *made)
        finally:
            response.stop_listening()

    async def _send(self, response: Response, head: Head, content: bytes | FileWrapper) -> None:
        if isinstance(content, bytes):
            await response.send_page(head, content)
            return
        try:
            await response.send_part(head.message())
            while part := await self.threads.run(content.filelike.read, READ_BYTES):
                await response.send_part({"type": "http.response.body", "body": part, "more_body": True})
            await response.send_part({"type": "http.response.body"})
        finally:
            await finish(self.threads.run(close, content))

    async def _refuse(self, environ: Environ, body: Body, send: Send) -> None:
        """Answer 413, then receive some more: closing at once would reset the connection before the client reads it."""
        rest = None if "HTTP_EXPECT" in environ else linger(body)
        await send_text(send, 413, "This upload is too large.", (b"connection", b"close"), before_end=rest)


async def linger(body: Body) -> None:
    """Receive the rest of a body for a moment."""
    await asyncio.wait([asyncio.ensure_future(body.drop_rest())], timeout=LINGER_SECONDS)


async def finish(job: asyncio.Future[T]) -> T:
    """Return the result of a job, also when the server cancels the request on shutdown; a second time ends it."""
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        return await job
