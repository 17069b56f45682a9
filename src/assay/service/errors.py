"""Errors as answers: one JSON shape for all of them, `{"error": {"code", "message", "where", "hint"}}`."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec
from starlette.types import Scope, Send

from assay.core.errors import AssayError
from assay.core.words import translated
from assay.service.answers import language_of

JSON_HEADERS: list[tuple[bytes, bytes]] = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
JSON_LINES = b"".join(name + b": " + value + b"\r\n" for name, value in JSON_HEADERS)
SECURITY_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), display-capture=()"),
    (
        b"content-security-policy",
        b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
    ),
]
_encode = msgspec.json.Encoder().encode


def body_of(error: AssayError, language: str = "en", **more: object) -> bytes:
    """The JSON that says what was wrong, in a language as far as it is known there. `more` goes beside it, such as the line of a
    batch."""
    message, hint = translated(error.message, language), translated(error.hint, language)
    said = {"code": error.code, "message": message, "where": error.where, "hint": hint}
    return _encode({**more, "error": {name: text for name, text in said.items() if text}})


def headers_of(error: AssayError) -> list[tuple[bytes, bytes]]:
    """The headers that belong to an error, beyond `JSON_HEADERS`."""
    if error.status == 401:
        return [(b"www-authenticate", b"Bearer")]
    if error.status in (429, 503):
        return [(b"retry-after", b"%d" % max(1, math.ceil(getattr(error, "after", 1.0))))]
    if error.status in (408, 413):
        return [(b"connection", b"close")]  # the rest of the body is not worth reading
    return []


async def answer(scope: Scope, send: Send, status: int, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """One complete JSON answer; in one write where the server offers that (see `protocol.py`)."""
    at_once = scope["extensions"].get("assay.answer") if not more and "extensions" in scope else None
    if at_once is not None and at_once(status, JSON_LINES, body):
        return
    headers = [*JSON_HEADERS, (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(scope: Scope, send: Send, error: AssayError) -> None:
    """An error as the whole answer, in the language that the caller asks for."""
    asked = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    await answer(scope, send, error.status, body_of(error, language_of(asked)), headers_of(error))
