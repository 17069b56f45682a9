"""uvicorn's httptools protocol with the bounds it lacks, on the size of a request's head and the time to send it, with a shorter
way out for small answers, and with answers that arrive though the client is still sending."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from assay.core.errors import AssayError
from assay.service.errors import JSON_LINES, body_of

LINGERS = 10.0  # seconds that a connection stays open after an answer that ends it, while the body still comes


class HeadTooLarge(AssayError):
    """URL and headers over their limit."""

    code, status = "head-too-large", 431


class BadRequest(AssayError):
    """Bytes that are not HTTP."""

    code, status = "bad-request", 400


class Cycle(RequestResponseCycle):
    """One request and its answer. `answer` sends a whole answer in one write, where ASGI takes two messages and looks at
    every header with regular expressions; the application finds it as the ASGI extension `assay.answer`."""

    async def send(self, message: ASGISendEvent) -> None:
        """A refusal that ends the connection while the body still comes: what comes is dropped until the client has read the
        answer (RFC 9112, 9.6). Closed at once, the rest of the body would meet a reset that takes the answer along."""
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        lingers = last and self.more_body and not self.keep_alive and not self.disconnected
        if lingers:
            self.keep_alive = True
        await super().send(message)
        if lingers:
            asyncio.get_running_loop().call_later(LINGERS, self.transport.close)

    def answer(self, status: int, headers: bytes, body: bytes) -> bool:
        """`headers`: ready-made lines, each with its CRLF. False: not now, answer in the usual way."""
        if self.response_started or self.flow.write_paused or self.disconnected:
            return False
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        head = [STATUS_LINE[status]]
        for name, value in self.default_headers:
            head += (name, b": ", value, b"\r\n")
        close = b"" if self.keep_alive else b"connection: close\r\n"
        self.transport.write(b"%s%s%scontent-length: %d\r\n\r\n%s" % (b"".join(head), headers, close, len(body), body))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        del self.scope["extensions"]  # it leads back here, and would wait for the collector
        return True


def bounded_protocol(max_head: int) -> type[HttpToolsProtocol]:
    """The protocol class, with heads of at most `max_head` bytes. `began` is when the head now being read began, by
    `time.monotonic()`, 0.0 while none is: the server closes connections that take too long over it."""

    class BoundedProtocol(HttpToolsProtocol):
        began = 0.0
        _received = 0  # bytes received since the head began: more than it has, where a body came along

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.began = time.monotonic()

        def data_received(self, data: bytes) -> None:
            self._received += len(data)
            super().data_received(data)
            if self.began:  # still in the head: a header without an end is held by the parser, out of our sight
                if self._received > max_head and not self.transport.is_closing():
                    self.send_400_response("")
            else:
                self._received = 0

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.began = time.monotonic()

        def on_headers_complete(self) -> None:
            if self._received > max_head and self._head() > max_head:
                raise HeadTooLarge("the head is too large")
            self.began = 0.0
            super().on_headers_complete()
            self.cycle.__class__ = Cycle  # uvicorn offers no way to name the class; its task has not begun yet
            self.scope["extensions"] = {"assay.answer": self.cycle.answer}  # type: ignore[attr-defined]

        def _head(self) -> int:
            return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

        def send_400_response(self, msg: str) -> None:
            error: AssayError = BadRequest("not a valid HTTP request")
            if self.began and self._received > max_head:
                error = HeadTooLarge("URL and headers are too large", hint=f"at most {max_head} bytes together")
            body = body_of(error)
            self.transport.write(
                b"HTTP/1.1 %d %s\r\n%scontent-length: %d\r\nconnection: close\r\n\r\n%s"
                % (error.status, error.code.encode(), JSON_LINES, len(body), body)
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
