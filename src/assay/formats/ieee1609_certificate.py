"""Certificates of IEEE 1609.2 (and ETSI TS 103 097): what they permit when and where, their keys, and what exactly was signed.

Read in canonical octet encoding rules. Nothing is verified here: see `assay.kinds.roads.wire.envelope`. Field order and tags are
facts of the standard; no text of it is used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from assay.core.errors import UnreadableInput
from assay.formats.coer import Cursor

Curve = Literal["secp256r1", "brainpoolP256r1", "brainpoolP384r1", "secp384r1"]
CURVES: tuple[Curve, ...] = ("secp256r1", "brainpoolP256r1", "brainpoolP384r1", "secp384r1")
"""By the tag of a public key or signature."""
_FIRST_EXTENSION = 2  # tags from here on stand behind the extension marker, and so in an open type
SIZE = {"secp256r1": 32, "brainpoolP256r1": 32, "brainpoolP384r1": 48, "secp384r1": 48}
EPOCH = 1_072_915_200  # 2004-01-01 00:00:00 UTC
# UTC, each a second more since 2004
_LEAPS = (1_136_073_600, 1_230_768_000, 1_341_100_800, 1_435_708_800, 1_483_228_800)
_DURATION = (1e-6, 1e-3, 1.0, 60.0, 3600.0, 216_000.0, 31_556_952.0)  # seconds of each unit


def utc(since_2004: float) -> float:
    """Seconds of the standard's clock (which knows no leap seconds) as seconds since 1970 UTC."""
    moment = since_2004 + EPOCH
    return moment - sum(moment - i > leap for i, leap in enumerate(_LEAPS))


def tai(moment: float) -> float:
    """The inverse of `utc`."""
    return moment - EPOCH + sum(moment >= leap for leap in _LEAPS)


@dataclass(frozen=True)
class Point:
    """A point of a curve. `form`: 0 only x, 2 and 3 compressed, 4 uncompressed (`y` given). `at` the byte of its tag."""

    form: int
    x: bytes
    y: bytes
    at: int

    def encoded(self) -> bytes | None:
        """As SEC 1 writes it; None for x alone."""
        if self.form == 4:
            return b"\x04" + self.x + self.y
        return bytes([self.form]) + self.x if self.form in (2, 3) else None


@dataclass(frozen=True)
class Signature:
    """ECDSA: `r` a point of which x counts, `s` its bytes."""

    curve: Curve
    r: Point
    s: bytes


@dataclass(frozen=True)
class Region:
    """Degrees. `circle` (latitude, longitude, metres); `boxes` (north, west, south, east); `polygon` (latitude, longitude)s. All
    empty: a region that is not told in places (countries, which nobody here maps)."""

    circle: tuple[float, float, float] | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Certificate:
    """`raw` its encoding, `tbs` the span of it that its issuer signed. `issuer` HashedId8 in hexadecimal, empty where it signed
    itself; `start`, `end` seconds since 1970 UTC; `permissions` PSID -> SSP (empty bytes: none told); `issues` PSIDs that it may
    give others, None for any; `key` its public key, or, where it is implicit, what that is rebuilt from."""

    raw: bytes
    tbs: bytes
    implicit: bool
    issuer: str
    start: float
    end: float
    region: Region | None
    permissions: dict[int, bytes]
    issues: frozenset[int] | None
    curve: Curve
    key: Point
    signature: Signature | None

    @cached_property
    def digest(self) -> str:
        """HashedId8 in hexadecimal: the last eight bytes of the hash of its canonical form, in which r is x alone."""
        return hashed(self.curve, self.canonical)[-8:].hex()

    @cached_property
    def canonical(self) -> bytes:
        """Its encoding as it is hashed."""
        if self.signature is None or self.signature.r.form == 0:
            return self.raw
        r = self.signature.r
        size = len(r.x) + len(r.y)
        return self.raw[: r.at] + b"\x80" + r.x + self.raw[r.at + 1 + size :]


def hashed(curve: Curve, content: bytes) -> bytes:
    """SHA-256, or SHA-384 where the curve has 384 bits."""
    return (hashlib.sha384 if SIZE[curve] == 48 else hashlib.sha256)(content).digest()


def elliptic(curve: Curve) -> Any:
    """The curve as `cryptography` has it."""
    from cryptography.hazmat.primitives.asymmetric import ec

    if curve == "secp256r1":
        return ec.SECP256R1()
    if curve == "secp384r1":
        return ec.SECP384R1()
    return ec.BrainpoolP256R1() if curve == "brainpoolP256r1" else ec.BrainpoolP384R1()


def parse_certificate(cursor: Cursor) -> Certificate:
    """One certificate from where the cursor is. Raises `UnreadableInput`."""
    begin = cursor.at
    preamble, _version, kind = cursor.number(1), cursor.number(1), cursor.number(1)
    if preamble & 0x7F or kind > 1:
        raise UnreadableInput("a certificate of unknown kind", where=f"byte {begin}")
    tag = cursor.choice()
    if tag == 1:
        cursor.take(1)
        issuer = ""
    elif tag == 0:
        issuer = cursor.take(8).hex()
    else:
        issuer = cursor.inside().take(8).hex()
    first = cursor.at
    has = cursor.number(1)
    _identified(cursor)
    cursor.take(5)  # whose revocation list, and which series
    start = cursor.number(4)
    unit = cursor.choice()
    if unit >= len(_DURATION):
        raise UnreadableInput("a duration of unknown unit", where=f"byte {cursor.at - 1}")
    end = start + cursor.number(2) * _DURATION[unit]
    region = _region(cursor) if has & 0x40 else None
    if has & 0x20:
        cursor.take(1)
    permissions = _permissions(cursor) if has & 0x10 else {}
    issues: frozenset[int] | None = frozenset()
    if has & 0x08:
        issues = _issues(cursor)
    if has & 0x04:
        _issues(cursor)
    if has & 0x01:
        cursor.take(1)
        _point(cursor, _curve(cursor))
    curve, key = _indicated(cursor, kind == 1)
    if has & 0x80:
        cursor.skip_extensions()
    tbs = cursor.content[first : cursor.at]
    signature = read_signature(cursor, begin) if preamble & 0x80 else None
    return Certificate(
        cursor.content[begin : cursor.at], tbs, kind == 1, issuer, utc(start), utc(end), region, permissions, issues, curve, key,
        signature,
    )  # fmt: skip


def _identified(cursor: Cursor) -> None:
    tag = cursor.choice()
    if tag == 0:
        grouped = cursor.number(1) & 0x80
        cursor.take(11)
        if grouped:
            cursor.take(13)
    elif tag in (1, 2):
        cursor.octets()
    elif tag != 3:
        raise UnreadableInput("a name of unknown kind", where=f"byte {cursor.at - 1}")


def _region(cursor: Cursor) -> Region:
    tag = cursor.choice()

    def place(at: Cursor) -> tuple[float, float]:
        return at.signed(4) / 1e7, at.signed(4) / 1e7

    if tag == 0:
        return Region(circle=(*place(cursor), float(cursor.number(2))))
    if tag == 1:
        return Region(boxes=tuple((*place(cursor), *place(cursor)) for _ in range(cursor.many())))
    if tag == 2:
        return Region(polygon=tuple(place(cursor) for _ in range(cursor.many())))
    if tag != 3:
        raise UnreadableInput("a region of unknown kind", where=f"byte {cursor.at - 1}")
    for _ in range(cursor.many()):
        _country(cursor)
    return Region()


def _country(cursor: Cursor) -> None:
    tag = cursor.choice()
    if tag == 0:
        cursor.take(2)
    elif tag == 1:
        cursor.take(2)
        cursor.take(cursor.many())
    elif tag == 2:
        cursor.take(2)
        for _ in range(cursor.many()):
            cursor.take(1)
            cursor.take(2 * cursor.many())
    else:
        raise UnreadableInput("a country of unknown kind", where=f"byte {cursor.at - 1}")


def _permissions(cursor: Cursor) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for _ in range(cursor.many()):
        has = cursor.number(1)
        psid, ssp = cursor.whole(), b""
        if has & 0x80:
            tag = cursor.choice()
            ssp = cursor.octets() if tag == 0 else cursor.inside().octets()
        found[psid] = ssp
    return found


def _issues(cursor: Cursor) -> frozenset[int] | None:
    """PSIDs of the groups that may be issued; None where any may."""
    found: set[int] | None = set()
    for _ in range(cursor.many()):
        has = cursor.number(1)
        if cursor.choice() == 1:
            found = None
        else:
            for _ in range(cursor.many()):
                ranged = cursor.number(1) & 0x80
                psid = cursor.whole()
                if found is not None:
                    found.add(psid)
                if ranged:
                    _ssp_range(cursor)
        if has & 0x80:
            cursor.octets()
        if has & 0x40:
            cursor.octets()
        if has & 0x20:
            cursor.take(1)
    return None if found is None else frozenset(found)


def _ssp_range(cursor: Cursor) -> None:
    tag = cursor.choice()
    if tag == 0:
        for _ in range(cursor.many()):
            cursor.octets()
    elif tag != 1:
        cursor.inside()


def _curve(cursor: Cursor) -> Curve:
    tag = cursor.choice()
    if tag >= len(CURVES):
        raise UnreadableInput("a curve that is not known", where=f"byte {cursor.at - 1}")
    return CURVES[tag]


def _point(cursor: Cursor, curve: Curve) -> Point:
    at, size = cursor.at, SIZE[curve]
    form = cursor.choice()
    if form not in (0, 2, 3, 4):
        raise UnreadableInput("a point of unknown form", where=f"byte {at}")
    x = cursor.take(size)
    return Point(form, x, cursor.take(size) if form == 4 else b"", at)


def _extended(cursor: Cursor, curve: Curve) -> Cursor:
    return cursor.inside() if CURVES.index(curve) >= _FIRST_EXTENSION else cursor


def _indicated(cursor: Cursor, implicit: bool) -> tuple[Curve, Point]:
    """The public key; of an implicit certificate the value from which it is rebuilt."""
    tag = cursor.choice()
    if (tag == 1) != implicit:
        raise UnreadableInput("a key that its certificate is not the kind for", where=f"byte {cursor.at - 1}")
    if tag == 1:
        return "secp256r1", _point(cursor, "secp256r1")
    if tag != 0:
        raise UnreadableInput("a key of unknown kind", where=f"byte {cursor.at - 1}")
    curve = _curve(cursor)
    return curve, _point(_extended(cursor, curve), curve)


def read_signature(cursor: Cursor, begin: int = 0) -> Signature:
    curve = _curve(cursor)
    inside = _extended(cursor, curve)
    r = _point(inside, curve)
    s = inside.take(SIZE[curve])
    return Signature(curve, Point(r.form, r.x, r.y, r.at - begin), s)


__all__ = [
    "CURVES", "SIZE", "Certificate", "Curve", "Point", "Region", "Signature", "elliptic", "hashed", "parse_certificate",
    "read_signature", "tai", "utc",
]  # fmt: skip
