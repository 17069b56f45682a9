"""Bounds on what one client can cost: how much it may send, how fast, and how long it may take about it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from starlette.types import Message, Receive

from assay.core.errors import AssayError

_REMEMBERED = 10_000


class TooLarge(AssayError):
    """A body over its limit."""

    code, status = "too-large", 413


class TooSlow(AssayError):
    """A client that stopped in the middle of its body."""

    code, status = "too-slow", 408


class WrongType(AssayError):
    """A body of a type, or an encoding, that the route does not take."""

    code, status = "wrong-content-type", 415


class Gone(Exception):
    """The client closed the connection; there is nobody to answer."""


class RateLimited(AssayError):
    """Faster than the key's rate. `after` is in seconds."""

    code, status = "rate-limited", 429

    def __init__(self, after: float) -> None:
        super().__init__("faster than this key may go", hint=f"wait {after:.2f} s")
        self.after = after


class Buckets:
    """Token buckets by name: `rate` a second, `burst` at once; `rate` 0 means no limit. The least used are forgotten."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, max(1.0, burst)
        self._level: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, n: int = 1) -> float:
        """Takes n tokens and returns 0.0; or takes none, and returns the seconds until they would be there."""
        if not self.rate:
            return 0.0
        now = time.monotonic()
        level, then = self._level.get(name) or (self.burst, now)
        level = min(self.burst, level + (now - then) * self.rate)
        wanted = min(n, self.burst)  # more than a burst is let through once the bucket is full
        if level < wanted:
            self._level[name] = (level, now)
            return (wanted - level) / self.rate
        self._level[name] = (level - n, now)
        if len(self._level) > _REMEMBERED:
            self._level.popitem(last=False)
        return 0.0

    def peek(self, name: str) -> float:
        """Seconds until one token would be there; takes none."""
        level, then = self._level.get(name) or (self.burst, time.monotonic())
        return max(0.0, (1.0 - level - (time.monotonic() - then) * self.rate) / self.rate) if self.rate else 0.0


def check_length(headers: dict[bytes, bytes], most: int) -> None:
    """Refuses by Content-Length before a byte is read, and any Content-Encoding: nothing is unpacked here."""
    length = headers.get(b"content-length")
    if length is not None and int(length) > most:
        raise TooLarge(f"the body has {int(length)} bytes", hint=f"at most {most}")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise WrongType("compressed bodies are not taken", where="Content-Encoding", hint="send the body as it is")


def check_type(headers: dict[bytes, bytes], *wanted: bytes) -> None:
    """The Content-Type must be one of these, or absent."""
    type_ = headers.get(b"content-type")
    if type_ is not None and type_.partition(b";")[0].strip().lower() not in wanted:
        given = type_[:80].decode("latin-1")
        raise WrongType(f"{given!r} is not taken here", where="Content-Type", hint="send " + wanted[0].decode())


async def read_body(receive: Receive, most: int, timeout: float) -> bytes:
    """The whole body. Raises `TooLarge`, `TooSlow` when it is not complete after `timeout` seconds, `Gone`."""
    message = await receive()
    if not message.get("more_body"):  # the usual case: all of it came with the head
        body: bytes = message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise Gone
        if len(body) > most:
            raise TooLarge(f"the body has {len(body)} bytes", hint=f"at most {most}")
        return body
    parts = bytearray(message["body"])
    try:
        async with asyncio.timeout(timeout):
            while message.get("more_body"):
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                parts += message.get("body", b"")
                if len(parts) > most:
                    raise TooLarge(f"the body has more than {most} bytes", hint=f"at most {most}")
    except TimeoutError:
        raise TooSlow(f"the body was not complete after {timeout:g} s") from None
    return bytes(parts)


async def next_part(receive: Receive, timeout: float) -> tuple[bytes, bool]:
    """The next part of a long body, and whether more is to come. Raises `TooSlow` when nothing comes, `Gone`."""
    try:
        async with asyncio.timeout(timeout):
            message = await receive()
    except TimeoutError:
        raise TooSlow(f"nothing came for {timeout:g} s") from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), bool(message.get("more_body"))


def bounded(receive: Receive, most: int, timeout: float) -> Receive:
    """`receive` for the ordinary routes: raises `TooLarge` once more than `most` bytes have come, `TooSlow` when the
    body is not complete `timeout` seconds after it was first asked for."""
    read, complete, deadline = 0, False, 0.0

    async def counted() -> Message:
        nonlocal read, complete, deadline
        if complete:  # whoever asks now waits for the client to go away, which may take as long as it likes
            return await receive()
        deadline = deadline or asyncio.get_running_loop().time() + timeout
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"the body was not complete after {timeout:g} s") from None
        complete = not message.get("more_body")
        read += len(message.get("body", b""))
        if read > most:
            raise TooLarge(f"the body has more than {most} bytes", hint=f"at most {most}")
        return message

    return counted
