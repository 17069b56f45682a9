"""The boxes that films of the family of MP4 are made of (ISO/IEC 14496-12, 4.2): the outermost ones of a file by their headers
alone, and those inside of others out of their bytes, within bounds on their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

MAX_BOXES = 50_000


class Box(NamedTuple):
    """A box: its type (16 bytes for a `uuid`), where its payload begins and ends, and where the box itself begins."""

    kind: bytes
    at: int
    start: int
    end: int


def box_at(file: BinaryIO, at: int, end: int) -> Box | None:
    """The box that begins at a place of a file, by its header alone; it may end beyond `end`. None where there is no header, or
    one that says it is shorter than itself."""
    if at + 8 > end:
        return None
    file.seek(at)
    head = file.read(32)
    size, kind, skip = int.from_bytes(head[:4], "big"), head[4:8], 8
    if size == 1:
        size, skip = int.from_bytes(head[8:16], "big"), 16
    size = size or end - at
    if size < skip:
        return None
    if kind == b"uuid":
        kind, skip = head[skip : skip + 16], skip + 16
    return Box(kind, at, at + skip, at + size)


def outermost(file: BinaryIO, end: int) -> Iterator[Box]:
    """The boxes of the outermost level, by their headers alone; stops where there is no header."""
    at = 0
    while (box := box_at(file, at, end)) is not None and (_is_uuid(box) or _spelt(box.kind)):
        yield box
        at = box.end


def _is_uuid(box: Box) -> bool:
    return box.start - box.at >= 24  # its header holds the 16 bytes too


def _spelt(kind: bytes) -> bool:
    return len(kind) == 4 and all(32 <= c < 127 or c == 0xA9 for c in kind)


class Boxes:
    """The boxes inside of others; at most `MAX_BOXES` over all levels. `problem` is told what contradicts the format."""

    def __init__(self, problem: Callable[[str], None]) -> None:
        self._problem, self._left = problem, MAX_BOXES

    def within(self, data: bytes, start: int, end: int) -> Iterator[Box]:
        """Those between two places of `data`; stops where one is malformed."""
        at = start
        while at + 8 <= end:
            self._left -= 1
            if self._left < 0:
                self._problem("more boxes than are looked at")
                return
            size, kind, skip = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
            if size == 1 and at + 16 <= end:
                size, skip = int.from_bytes(data[at + 8 : at + 16], "big"), 16
            if size == 0 and kind == b"\0\0\0\0":  # QuickTime ends user data with four zero bytes
                return
            size = size or end - at
            if size < skip or at + size > end:
                self._problem(f"a box {kind.decode('latin-1')!r} overruns what holds it")
                return
            if kind == b"uuid":
                kind, skip = data[at + skip : at + skip + 16], skip + 16
            yield Box(kind, at, at + skip, at + size)
            at += size


__all__ = ["MAX_BOXES", "Box", "Boxes", "outermost"]
