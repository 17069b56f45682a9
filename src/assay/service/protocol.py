"""uvicorn's httptools protocol with the bounds it lacks: on the size of a request's head, and on the time to send it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from assay.core.errors import AssayError
from assay.service.errors import JSON_HEADERS, body_of


class HeadTooLarge(AssayError):
    """URL and headers over their limit."""

    code, status = "head-too-large", 431


class BadRequest(AssayError):
    """Bytes that are not HTTP."""

    code, status = "bad-request", 400


def bounded_protocol(max_head: int) -> type[HttpToolsProtocol]:
    """The protocol class, with heads of at most `max_head` bytes. `began` is when the head now being read began, by
    `time.monotonic()`, 0.0 while none is: the server closes connections that take too long over it."""

    class BoundedProtocol(HttpToolsProtocol):
        began = 0.0
        _head = 0  # bytes of this head seen whole
        _partial = 0  # bytes received since, of a head that is not complete

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.began = time.monotonic()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.began:  # still in the head: a header without an end is held by the parser, out of our sight
                self._partial += len(data)
                if self._partial > max_head and not self.transport.is_closing():
                    self.send_400_response("")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.began, self._head, self._partial = time.monotonic(), 0, 0

        def on_url(self, url: bytes) -> None:
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._count(len(name) + len(value))
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self.began = 0.0
            super().on_headers_complete()

        def _count(self, n: int) -> None:
            self._head += n
            if self._head > max_head:
                raise HeadTooLarge("the head is too large")

        def send_400_response(self, msg: str) -> None:
            error: AssayError = BadRequest("not a valid HTTP request")
            if max(self._head, self._partial) > max_head:
                error = HeadTooLarge("URL and headers are too large", hint=f"at most {max_head} bytes together")
            body = body_of(error)
            head = b"".join(name + b": " + value + b"\r\n" for name, value in JSON_HEADERS)
            self.transport.write(
                b"HTTP/1.1 %d %s\r\n%scontent-length: %d\r\nconnection: close\r\n\r\n%s"
                % (error.status, error.code.encode(), head, len(body), body)
            )
            self.transport.close()

    return BoundedProtocol


def close_slow(connections: set[Any], timeout: float) -> None:
    """Closes connections that began a head and did not finish it in time."""
    now = time.monotonic()
    for connection in list(connections):
        began = getattr(connection, "began", 0.0)
        if began and now - began > timeout:
            connection.transport.close()
