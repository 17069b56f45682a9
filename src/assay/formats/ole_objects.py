"""Objects inside documents: OLE 1 ([MS-OLEDS] 2.2), packages (`Ole10Native`), links that fetch what they show ([MS-OSHARED] URL
moniker), and equations, whose old editor copied a font's name into forty bytes (CVE-2017-11882, CVE-2018-0802).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_NAME = 4096
_MONIKER = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FONT_BUFFER = 40  # bytes of the font's name that the editor had room for


@dataclass(frozen=True)
class Ole1:
    """An object as RTF and old documents carry it. `linked`: only its address is here."""

    kind: str
    data: bytes
    linked: bool = False
    topic: str = ""


@dataclass(frozen=True)
class Package:
    """A file put into a document whole."""

    name: str
    content: bytes


def read_ole1(data: bytes) -> Ole1 | None:
    """None where it is no such object."""
    if len(data) < 12:
        return None
    _, form = struct.unpack_from("<II", data)
    if form not in (1, 2):
        return None
    at, names = 8, []
    for _ in range(3):
        if at + 4 > len(data):
            return None
        length = struct.unpack_from("<I", data, at)[0]
        if length > MAX_NAME or at + 4 + length > len(data):
            return None
        names.append(data[at + 4 : at + 4 + length].rstrip(b"\0").decode("latin-1"))
        at += 4 + length
    if form == 1:
        return Ole1(names[0], data[at:], True, names[1])
    size = struct.unpack_from("<I", data, at)[0] if at + 4 <= len(data) else 0
    return Ole1(names[0], data[at + 4 : at + 4 + size])


def read_package(data: bytes) -> Package | None:
    """A package, with or without the length that streams have before it; None where it is none."""
    for at in (4, 0):
        if data[at : at + 2] != b"\x02\0":
            continue
        place = at + 2
        names = []
        for _ in range(2):
            end = data.find(b"\0", place, place + MAX_NAME)
            if end < 0:
                return None
            names.append(data[place:end].decode("latin-1"))
            place = end + 1
        if place + 8 > len(data):
            return None
        length = struct.unpack_from("<I", data, place + 4)[0]
        place += 8 + min(length, MAX_NAME)
        if place + 4 > len(data):
            return None
        size = struct.unpack_from("<I", data, place)[0]
        return Package(names[0] or names[1], data[place + 4 : place + 4 + size])
    return None


def moniker_link(data: bytes) -> str:
    """The address that a URL moniker in these bytes leads to; "" where there is none."""
    at = data.find(_MONIKER)
    if at < 0 or at + 20 > len(data):
        return ""
    length = struct.unpack_from("<I", data, at + 16)[0]
    raw = data[at + 20 : at + 20 + min(length, 4096)]
    return raw[: len(raw) & ~1].decode("utf-16-le", "replace").partition("\0")[0]


def overlong_font(equation: bytes) -> int | None:
    """Where in an equation (the stream `Equation Native`) a font's name is longer than its reader has room for; None where none is.
    Records as MathType's MTEF 3 numbers them: 8 is a font (typeface, style, name)."""
    head = int.from_bytes(equation[:2], "little")
    at = head if 28 <= head <= 64 else 0
    at += 5  # version, platform, product, its version
    for _ in range(64):
        if at >= len(equation):
            return None
        record = equation[at] & 0x0F
        if record == 8:
            end = equation.find(b"\0", at + 3)
            length = (end if end >= 0 else len(equation)) - at - 3
            if length >= _FONT_BUFFER:
                return at
            at += 4 + length
        elif record in (1, 10, 11, 12, 13, 14):  # a line, and sizes without arguments
            at += 1
        elif record == 9:
            at += 3
        else:
            return None
    return None


__all__ = ["Ole1", "Package", "moniker_link", "overlong_font", "read_ole1", "read_package"]
