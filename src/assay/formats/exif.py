"""EXIF (CIPA DC-008, a TIFF structure) as named values: bounded, and read as it stands, so that what is wrong with it can be told.

Only the tags that speak of a picture's making are kept; texts are cut to a length, counts are checked before anything is
read, and a directory is never read twice.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

MAX_ENTRIES = 512  # of one directory; a camera writes about sixty
MAX_DIRECTORIES = 8
MAX_TEXT = 2000
MAX_COMMENT = 65_536  # a generator's parameters stand in UserComment
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}
_POINTERS = {0x8769: "exif", 0x8825: "gps"}
_NAMES = {
    0x0100: "ImageWidth", 0x0101: "ImageHeight", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model",
    0x0112: "Orientation", 0x0131: "Software", 0x0132: "DateTime", 0x013B: "Artist", 0x8298: "Copyright",
    0x829A: "ExposureTime", 0x829D: "FNumber", 0x8827: "ISO", 0x9003: "DateTimeOriginal", 0x9004: "DateTimeDigitized",
    0x9010: "OffsetTime", 0x9011: "OffsetTimeOriginal", 0x9012: "OffsetTimeDigitized", 0x920A: "FocalLength",
    0x927C: "MakerNote", 0x9286: "UserComment", 0xA002: "PixelXDimension", 0xA003: "PixelYDimension",
    0xA300: "FileSource", 0xA301: "SceneType", 0xA433: "LensMake", 0xA434: "LensModel", 0x0201: "ThumbnailOffset",
    0x0202: "ThumbnailLength", 0x9C9B: "XPTitle", 0x9C9C: "XPComment", 0x9C9D: "XPAuthor", 0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}  # fmt: skip
_GPS = {
    1: "LatitudeRef", 2: "Latitude", 3: "LongitudeRef", 4: "Longitude", 7: "GPSTime", 29: "GPSDate",
}  # fmt: skip


@dataclass
class Exif:
    """`tags` name -> text, number or tuple of numbers of the picture itself; `gps` likewise; `thumbnail` the bytes of the
    embedded preview, b"" where there is none; `problem` why reading stopped, "" where it did not."""

    tags: dict[str, Any] = field(default_factory=dict)
    gps: dict[str, Any] = field(default_factory=dict)
    thumbnail: bytes = b""
    problem: str = ""

    def text(self, name: str) -> str:
        """The tag as text, "" where it is none."""
        value = self.tags.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float | None:
        """The tag as a number; None where it is none."""
        value = self.tags.get(name)
        return float(value) if isinstance(value, (int, float)) else None


def read_exif(tiff: bytes) -> Exif:
    """The directories of a TIFF structure ("II*" or "MM*" and what follows). Never raises: what was read before the first
    fault is kept."""
    found = Exif()
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        found.problem = "no TIFF header"
        return found
    magic, first = struct.unpack_from(order + "HI", tiff, 2)
    if magic != 42:
        found.problem = "no TIFF header"
        return found
    waiting, seen = [("main", first)], set[int]()
    while waiting and len(seen) < MAX_DIRECTORIES:
        kind, at = waiting.pop(0)
        if at in seen or at < 8:
            continue
        seen.add(at)
        try:
            _directory(tiff, order, at, kind, found, waiting)
        except (struct.error, ZeroDivisionError):
            found.problem = found.problem or f"the {kind} directory runs over the end"
    start, length = (found.tags.pop(name, 0) for name in ("ThumbnailOffset", "ThumbnailLength"))
    if isinstance(start, int) and isinstance(length, int) and 0 < start < len(tiff) and length > 0:
        found.thumbnail = tiff[start : start + length]
    return found


def _directory(tiff: bytes, order: str, at: int, kind: str, found: Exif, waiting: list[tuple[str, int]]) -> None:
    (count,) = struct.unpack_from(order + "H", tiff, at)
    if count > MAX_ENTRIES:
        found.problem = f"the {kind} directory counts {count} entries"
        return
    for i in range(count):
        tag, type_, number = struct.unpack_from(order + "HHI", tiff, at + 2 + 12 * i)
        place = at + 10 + 12 * i
        if tag in _POINTERS and kind == "main":
            waiting.append((_POINTERS[tag], struct.unpack_from(order + "I", tiff, place)[0]))
            continue
        name = (_GPS if kind == "gps" else _NAMES).get(tag)
        if name is None or type_ not in _SIZES or (kind == "thumbnail") != name.startswith("Thumbnail"):
            continue
        size = _SIZES[type_] * number
        if size > 4:
            (place,) = struct.unpack_from(order + "I", tiff, place)
        raw = tiff[place : place + min(size, MAX_COMMENT)]
        if len(raw) < min(size, MAX_COMMENT):
            found.problem = found.problem or f"{name} runs over the end"
            continue
        value = _value(raw, type_, number, order, name)
        if value is not None and value != "":
            (found.gps if kind == "gps" else found.tags).setdefault(name, value)
    if kind == "main":  # the directory behind it is the thumbnail's
        (following,) = struct.unpack_from(order + "I", tiff, at + 2 + 12 * count)
        if following:
            waiting.append(("thumbnail", following))


def _value(raw: bytes, type_: int, number: int, order: str, name: str) -> Any:
    if name == "MakerNote":
        return number  # how long it is: its own layout is each maker's secret
    if name == "UserComment":
        return user_comment(raw, order)
    if name.startswith("XP"):
        return raw.decode("utf-16-le", "replace").strip("\0 ")[:MAX_TEXT]
    if type_ in (2, 7, 129):
        return raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()[:MAX_TEXT]
    if number == 0 or number > 64:
        return None
    if type_ in (5, 10):
        pairs = struct.unpack(f"{order}{2 * number}{'I' if type_ == 5 else 'i'}", raw)
        values = [top / bottom if bottom else float("nan") for top, bottom in zip(pairs[::2], pairs[1::2], strict=True)]
    else:
        letter = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}[type_]
        values = list(struct.unpack(f"{order}{number}{letter}", raw))
    return values[0] if number == 1 else tuple(values)


def user_comment(raw: bytes, order: str = ">") -> str:
    """UserComment: eight bytes say its encoding; tools write UTF-16 in either order and leave the eight bytes out.

    >>> user_comment(b"ASCII" + bytes(3) + b"a note")
    'a note'
    """
    code, body = raw[:8], raw[8:]
    if code.startswith(b"UNICODE"):
        # The order is the file's by the letter, and big-endian by the habit of several tools: the one with letters wins.
        little, big = (body.decode(f"utf-16-{end}", "replace") for end in ("le", "be"))
        text = max((little, big) if order == "<" else (big, little), key=_latin)
    elif code.startswith(b"ASCII") or not any(code):
        text = body.decode("utf-8", "replace")
    else:
        text = raw.decode("utf-8", "replace")
    return text.strip("\0 ")[:MAX_COMMENT]


def _latin(text: str) -> int:
    return sum(c < "\u0250" for c in text[:400])


__all__ = ["Exif", "read_exif", "user_comment"]
