"""JBIG2 streams (ISO/IEC 14492), as far as their segments: how many symbols the text regions refer to together.

A decoder that adds those numbers up in 32 bits allocates too little when they pass 2^32 and writes behind it (CVE-2021-30860,
FORCEDENTRY): `jbig2-overflow`. What follows in that attack is a machine made of tens of thousands of segments that draw over one
pixel: no scanner writes more symbols (`jbig2-absurd`) or segments (`jbig2-segments`) than a page has pixels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from assay.formats.breach import Breach

MAX_SEGMENTS = 200_000
_FILE = b"\x97JB2\r\n\x1a\n"
_TEXT_REGIONS, _REFINEMENTS = (4, 6, 7), (40, 42, 43)


_ROOMY = 1 << 16  # pixels: a page of fewer is measured as if it had these
_PER_PIXEL = 64  # symbols, of a dictionary shared by many pages
_FEW = 1000  # segments that a page of any size may have


@dataclass
class Segments:
    """`referred`: the largest number of symbols that one text region refers to, and at which byte; `area` pixels of the largest
    page, 0 where none is said; `refinements` regions of that kind; `problem` why reading stopped early."""

    count: int = 0
    symbols: dict[int, int] = field(default_factory=dict)
    referred: int = 0
    referred_at: int = 0
    area: int = 0
    refinements: int = 0
    problem: str = ""

    @property
    def breaches(self) -> list[Breach]:
        """Of the limits of symbols the graver one only: what overflows is absurd too."""
        found = []
        if self.referred > 0xFFFFFFFF:
            told = "symbols that one text region refers to, added in 32 bits"
            found.append(Breach("jbig2-overflow", self.referred_at, self.referred, 0xFFFFFFFF, told))
        elif self.area and self.referred > _PER_PIXEL * max(self.area, _ROOMY):
            told = f"symbols that one text region refers to, for {self.area} pixels"
            limit = _PER_PIXEL * max(self.area, _ROOMY)
            found.append(Breach("jbig2-absurd", self.referred_at, self.referred, limit, told))
        if self.area and self.count > max(self.area, _FEW):
            told = f"segments ({self.refinements} of them refine), for {self.area} pixels"
            found.append(Breach("jbig2-segments", 0, self.count, max(self.area, _FEW), told))
        return found


def is_jbig2(head: bytes) -> bool:
    """A file of its own; inside a PDF there is no such beginning."""
    return head.startswith(_FILE)


def read_segments(content: bytes, shared: bytes = b"") -> Segments:
    """Of a stream, with the segments it shares with others (`JBIG2Globals`) before it. Never raises."""
    found = Segments()
    for part in (shared, content):
        if part and not found.problem:
            try:
                _read(part, found)
            except (struct.error, IndexError):
                found.problem = "a segment ends early"
    return found


def _read(content: bytes, found: Segments) -> None:
    at = 0
    random_order = False
    if content.startswith(_FILE):
        random_order = not content[8] & 1
        at = 9 if content[8] & 2 else 13
    headers: list[tuple[int, int, tuple[int, ...], int]] = []
    while at + 11 <= len(content):
        if found.count >= MAX_SEGMENTS:
            found.problem = f"more than {MAX_SEGMENTS} segments"
            return
        found.count += 1
        number, kind, referred, length, at = _header(content, at)
        if random_order:
            headers.append((number, kind, referred, length))
            if kind == 51:  # end of file: the data of all follows
                break
            continue
        at = _note(content, at, number, kind, referred, length, found)
    for number, kind, referred, length in headers:
        at = _note(content, at, number, kind, referred, length, found)


def _header(content: bytes, at: int) -> tuple[int, int, tuple[int, ...], int, int]:
    number, flags = struct.unpack_from(">IB", content, at)
    at += 5
    count = content[at] >> 5
    if count == 7:
        count = struct.unpack_from(">I", content, at)[0] & 0x1FFFFFFF
        at += 4 + (count + 8) // 8
    else:
        at += 1
    if count > len(content):
        raise IndexError
    size = 1 if number <= 256 else 2 if number <= 65_536 else 4
    if at + count * size > len(content):
        raise IndexError
    referred = tuple(int.from_bytes(content[at + i * size : at + (i + 1) * size], "big") for i in range(count))
    at += count * size + (4 if flags & 64 else 1)
    length = struct.unpack_from(">I", content, at)[0]
    return number, flags & 63, referred, length, at + 4


def _note(
    content: bytes, at: int, number: int, kind: int, referred: tuple[int, ...], length: int, found: Segments
) -> int:
    if kind == 0:
        found.symbols[number] = _exported(content, at)
    elif kind in _TEXT_REGIONS:
        together = sum(found.symbols.get(r, 0) for r in referred)
        if together > found.referred:
            found.referred, found.referred_at = together, at
    elif kind in _REFINEMENTS:
        found.refinements += 1
    elif kind == 48:
        width, height = struct.unpack_from(">II", content, at)
        found.area = max(found.area, width * (height if height != 0xFFFFFFFF else 65_536))
    return len(content) if length == 0xFFFFFFFF else at + length


def _exported(content: bytes, at: int) -> int:
    """Symbols that a dictionary says it exports."""
    flags = struct.unpack_from(">H", content, at)[0]
    at += 2
    if not flags & 1:
        at += 8 if (flags >> 10) & 3 == 0 else 2
    if flags & 2 and not flags & 0x1000:
        at += 4
    return int(struct.unpack_from(">I", content, at)[0])


__all__ = ["Segments", "is_jbig2", "read_segments"]
