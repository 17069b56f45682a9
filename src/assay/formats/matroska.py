"""WebM and Matroska: what such a file says of itself (RFC 9559, EBML RFC 8794): its length, tracks, tags, and the programs that
wrote it. Clusters of media are passed over by their size; everything is bounded, and nothing is raised for what the bytes hold.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

MAX_ELEMENTS = 400_000
MAX_BODY = 4 << 20
MAX_TEXT = 1 << 16
_EPOCH = 978_307_200  # 2001-01-01, where the format's clock begins
_SEGMENT, _INFO, _TRACKS, _TAGS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1254C367, 0x1F43B675
_ENTRY, _VIDEO, _AUDIO, _TAG, _SIMPLE = 0xAE, 0xE0, 0xE1, 0x7373, 0x67C8
_KINDS = {1: "video", 2: "audio", 17: "subtitle"}


class Element(NamedTuple):
    """An element's id and its payload; `end` is None where its size is unknown (a live stream)."""

    id: int
    start: int
    end: int | None


@dataclass
class MkvTrack:
    kind: str = ""
    codec: str = ""
    name: str = ""
    width: int = 0
    height: int = 0
    rate: float = 0.0
    channels: int = 0
    frame: float = 0.0  # seconds that a frame lasts; 0: unsaid


@dataclass
class Matroska:
    """`duration` in seconds, `created` in seconds since 1970 (0: unsaid), `notes` its tags and programs, `missing` bytes that
    are promised beyond the end of the file."""

    doctype: str = ""
    duration: float | None = None
    created: int = 0
    tracks: list[MkvTrack] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    clusters: int = 0
    missing: int = 0
    problems: list[str] = field(default_factory=list)

    def note(self, key: str, value: str) -> None:
        if value and key and len(self.notes) < 200:
            self.notes.setdefault(key[:100], value)


def is_matroska(head: bytes) -> bool:
    return head[:4] == b"\x1a\x45\xdf\xa3" and any(name in head[:128] for name in (b"webm", b"matroska"))


def read_matroska(file: BinaryIO) -> Matroska:
    """What the file says. Raises `OSError` where it cannot be read at all."""
    found = Matroska()
    end = file.seek(0, 2)
    head = _element(file, 0, end)
    if head is None or head.end is None:
        found.problems.append("no EBML header")
        return found
    for one in _within(_bytes(file, head, end)):
        if one.id == 0x4282:
            found.doctype = _text(_bytes(file, head, end)[one.start : one.end])[:40]
    segment = _element(file, head.end, end)
    if segment is None or segment.id != _SEGMENT:
        found.problems.append("no segment")
        return found
    found.missing = max(0, (segment.end or end) - end)
    at, last = segment.start, min(segment.end or end, end)
    for _ in range(MAX_ELEMENTS):
        element = _element(file, at, last) if at < last else None
        if element is None:
            return found
        if element.id == _CLUSTER:
            found.clusters += 1
        elif element.id in (_INFO, _TRACKS, _TAGS) and element.end is not None:
            try:
                _READ[element.id](found, _bytes(file, element, end))
            except (struct.error, ValueError, OverflowError):
                found.problems.append("an element is malformed")
        if element.end is None:  # what lies behind cannot be found without reading it all
            return found
        at = element.end
    found.problems.append("more elements than are looked at")
    return found


def _bytes(file: BinaryIO, element: Element, end: int) -> bytes:
    file.seek(element.start)
    return file.read(max(0, min((element.end or end) - element.start, MAX_BODY)))


def _element(file: BinaryIO, at: int, end: int) -> Element | None:
    file.seek(at)
    return _parse(file.read(16), at, end)


def _parse(head: bytes, at: int, end: int) -> Element | None:
    """The element whose header begins these bytes, which lie at `at`."""
    if not head or not head[0]:
        return None
    width = 9 - head[0].bit_length()
    if width > 4 or len(head) <= width or not head[width]:
        return None
    size_width = 9 - head[width].bit_length()
    raw = head[width : width + size_width]
    if len(raw) < size_width:
        return None
    size = int.from_bytes(raw, "big") & (1 << 7 * size_width) - 1
    start = at + width + size_width
    unknown = size == (1 << 7 * size_width) - 1
    return Element(int.from_bytes(head[:width], "big"), start, None if unknown else start + size)


def _within(data: bytes, most: int = 5000) -> Iterator[Element]:
    at = 0
    for _ in range(most):
        element = _parse(data[at : at + 16], at, len(data))
        if element is None or element.end is None or element.end > len(data):
            return
        yield element
        at = element.end


def _text(raw: bytes) -> str:
    text = raw[:MAX_TEXT].split(b"\0", 1)[0].decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text).strip()


def _number(raw: bytes) -> float:
    if len(raw) in (4, 8):
        return float(struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0])
    return 0.0


def _info(found: Matroska, data: bytes) -> None:
    scale, length = 1_000_000, None
    for one in _within(data):
        body = data[one.start : one.end]
        if one.id == 0x2AD7B1:
            scale = int.from_bytes(body[:8], "big")
        elif one.id == 0x4489:
            length = _number(body)
        elif one.id == 0x4461 and len(body) == 8:
            created = int.from_bytes(body, "big", signed=True) // 1_000_000_000 + _EPOCH
            found.created = created if created > 0 else 0
        elif one.id in (0x4D80, 0x5741, 0x7BA9):
            found.note({0x4D80: "MuxingApp", 0x5741: "WritingApp", 0x7BA9: "Title"}[one.id], _text(body))
    if length is not None and 0 <= length * scale / 1e9 < 1e9:
        found.duration = length * scale / 1e9


def _tracks(found: Matroska, data: bytes) -> None:
    for entry in _within(data, 200):
        if entry.id != _ENTRY:
            continue
        track = MkvTrack()
        body = data[entry.start : entry.end]
        for one in _within(body):
            value = body[one.start : one.end]
            number = int.from_bytes(value[:8], "big")
            if one.id == 0x83:
                track.kind = _KINDS.get(number, str(number))
            elif one.id == 0x86:
                track.codec = _text(value)[:40]
            elif one.id == 0x536E:
                track.name = _text(value)[:100]
            elif one.id == 0x23E383:
                track.frame = number / 1e9
            elif one.id in (_VIDEO, _AUDIO):
                for inner in _within(value):
                    told = value[inner.start : inner.end]
                    if inner.id == 0xB0:
                        track.width = int.from_bytes(told[:8], "big")
                    elif inner.id == 0xBA:
                        track.height = int.from_bytes(told[:8], "big")
                    elif inner.id == 0xB5:
                        track.rate = _number(told)
                    elif inner.id == 0x9F:
                        track.channels = int.from_bytes(told[:8], "big")
        found.tracks.append(track)


def _tags(found: Matroska, data: bytes) -> None:
    for tag in _within(data):
        body = data[tag.start : tag.end]
        for simple in _within(body) if tag.id == _TAG else ():
            name, value = "", ""
            inner = body[simple.start : simple.end]
            for one in _within(inner) if simple.id == _SIMPLE else ():
                if one.id == 0x45A3:
                    name = _text(inner[one.start : one.end])
                elif one.id == 0x4487:
                    value = _text(inner[one.start : one.end])
            found.note(name, value)


_READ = {_INFO: _info, _TRACKS: _tracks, _TAGS: _tags}

__all__ = ["Matroska", "MkvTrack", "is_matroska", "read_matroska"]
