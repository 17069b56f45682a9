"""TLS hellos (RFC 8446, RFC 5246) as a passive listener reads them, and their fingerprints.

JA3 and JA3S are MD5 over the hello's numbers (Althouse, Atkinson, Atkins 2017; BSD-3). JA4 is the TLS client fingerprint of
2023 (BSD-3); its sister methods are under another licence and are not here. GREASE values (RFC 8701) are left out of all.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

MAX_HELLO = 1 << 16
SERVER_NAME, GROUPS, POINTS, SIGNATURES, ALPN, VERSIONS = 0, 10, 11, 13, 16, 43
_NAMES = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
          0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3"}  # fmt: skip


class ClientHello(NamedTuple):
    """Numbers in the order sent, GREASE among them; `name` the server's, `alpn` the first protocol offered, raw."""

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...]
    groups: tuple[int, ...]
    points: tuple[int, ...]
    signatures: tuple[int, ...]
    versions: tuple[int, ...]
    name: str
    alpn: bytes


class ServerHello(NamedTuple):
    version: int
    cipher: int
    extensions: tuple[int, ...]
    chosen: int  # the version in force


class Cut(ValueError):
    """More bytes are needed."""


def handshake(stream: bytes) -> tuple[int, bytes]:
    """(type, body) of the first handshake message in a stream of TLS records. Raises `Cut` where more bytes may make it
    whole, `ValueError` where it is no TLS."""
    body, at = b"", 0
    while True:
        if len(stream) < at + 5:
            if stream[at : at + 1] not in (b"", b"\x16") or stream[at + 1 : at + 2] not in (b"", b"\x03"):
                raise ValueError("no TLS record")
            raise Cut
        kind, major, length = stream[at], stream[at + 1], stream[at + 3] << 8 | stream[at + 4]
        if kind != 22 or major != 3 or not 0 < length <= 16_640:
            raise ValueError("no handshake record")
        body += stream[at + 5 : at + 5 + length]
        if len(body) >= 4:
            needed = 4 + int.from_bytes(body[1:4], "big")
            if needed > MAX_HELLO or body[0] not in (1, 2):
                raise ValueError("no hello")
            if len(body) >= needed:
                return body[0], body[4:needed]
        if len(stream) < at + 5 + length:
            raise Cut
        at += 5 + length


def client_hello(body: bytes) -> ClientHello:
    """Raises `ValueError` where the lengths inside do not fit."""
    if len(body) < 35:
        raise ValueError("too short for a hello")
    version, at = body[0] << 8 | body[1], 34
    _, at = _take(body, at, 1)
    ciphers, at = _take(body, at, 2)
    _, at = _take(body, at, 1)
    found: dict[int, bytes] = {}
    order: list[int] = []
    for kind, value in _extensions(body, at):
        order.append(kind)
        found.setdefault(kind, value)
    return ClientHello(
        version, _numbers(ciphers), tuple(order), _numbers(_inner(found.get(GROUPS, b""), 2)),
        tuple(_inner(found.get(POINTS, b""), 1)), _numbers(_inner(found.get(SIGNATURES, b""), 2)),
        _numbers(_inner(found.get(VERSIONS, b""), 1)), _server_name(found.get(SERVER_NAME, b"")), _alpn(found.get(ALPN, b"")),
    )  # fmt: skip


def server_hello(body: bytes) -> ServerHello:
    if len(body) < 38:
        raise ValueError("too short for a hello")
    version = body[0] << 8 | body[1]
    _, at = _take(body, 34, 1)
    if at + 3 > len(body):
        raise ValueError("no cipher")
    cipher, chosen, order = body[at] << 8 | body[at + 1], version, []
    for kind, value in _extensions(body, at + 3):
        order.append(kind)
        if kind == VERSIONS and len(value) == 2:
            chosen = value[0] << 8 | value[1]
    return ServerHello(version, cipher, tuple(order), chosen)


def ja3(hello: ClientHello) -> str:
    """MD5 of `version,ciphers,extensions,groups,points` in decimal."""
    parts = (hello.ciphers, hello.extensions, hello.groups, hello.points)
    text = ",".join([str(hello.version), *("-".join(str(n) for n in part if not _grease(n)) for part in parts)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def ja3s(hello: ServerHello) -> str:
    text = f"{hello.version},{hello.cipher},{'-'.join(str(n) for n in hello.extensions if not _grease(n))}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def ja4(hello: ClientHello, transport: str = "t") -> str:
    """`transport`: t over TCP, q over QUIC, d over DTLS."""
    versions = [v for v in hello.versions if not _grease(v)]
    ciphers = [c for c in hello.ciphers if not _grease(c)]
    extensions = [e for e in hello.extensions if not _grease(e)]
    version = _NAMES.get(max(versions) if versions else hello.version, "00")
    named = "d" if SERVER_NAME in extensions else "i"
    first = f"{transport}{version}{named}{min(len(ciphers), 99):02d}{min(len(extensions), 99):02d}{_ends(hello.alpn)}"
    shown = ",".join(sorted(f"{e:04x}" for e in extensions if e not in (SERVER_NAME, ALPN)))
    signatures = [s for s in hello.signatures if not _grease(s)]
    if signatures:
        shown += "_" + ",".join(f"{s:04x}" for s in signatures)
    return f"{first}_{_short(','.join(sorted(f'{c:04x}' for c in ciphers)))}_{_short(shown)}"


def version_name(number: int) -> str:
    return {0x0304: "TLSv13", 0x0303: "TLSv12", 0x0302: "TLSv11", 0x0301: "TLSv10", 0x0300: "SSLv3"}.get(number, "")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def _ends(alpn: bytes) -> str:
    """First and last character of the protocol's name; of its hexadecimal form where either is no letter or digit."""
    if not alpn:
        return "00"
    ends = alpn[:1] + alpn[-1:]
    if all(b < 128 and chr(b).isalnum() for b in ends):
        return ends.decode("ascii")
    return alpn.hex()[0] + alpn.hex()[-1]


def _grease(number: int) -> bool:
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def _take(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    """A vector with a length of `width` bytes before it, and the byte after it."""
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    if start > len(data) or end > len(data):
        raise ValueError("a length leads beyond the hello")
    return data[start:end], end


def _inner(value: bytes, width: int) -> bytes:
    if not value:
        return b""
    try:
        return _take(value, 0, width)[0]
    except ValueError:
        return b""


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(data[i] << 8 | data[i + 1] for i in range(0, len(data) - 1, 2))


def _extensions(body: bytes, at: int) -> list[tuple[int, bytes]]:
    if at + 2 > len(body):
        return []  # before TLS 1.2 there may be none
    block, _ = _take(body, at, 2)
    out, at = [], 0
    while at + 4 <= len(block):
        value, end = _take(block, at + 2, 2)
        out.append((block[at] << 8 | block[at + 1], value))
        at = end
    return out


def _server_name(value: bytes) -> str:
    block = _inner(value, 2)
    if len(block) < 3 or block[0] != 0:
        return ""
    name = _inner(block[1:], 2).decode("ascii", "replace").lower().rstrip(".")
    return name[:255] if name.isprintable() else ""


def _alpn(value: bytes) -> bytes:
    return _inner(_inner(value, 2), 1)


__all__ = [
    "ClientHello", "Cut", "ServerHello", "client_hello", "handshake", "ja3", "ja3s", "ja4", "server_hello", "version_name",
]  # fmt: skip
