"""DNG and TIFF directories, as far as two promises that a decoder may believe: how many samples a pixel has, against the
lossless JPEG that holds them (CVE-2025-43300), and how many corrections follow (CVE-2025-21043)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

MAX_DIRECTORIES, MAX_ENTRIES, MAX_OPCODES = 64, 4096, 1_000_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SAMPLES, _COMPRESSION, _STRIPS, _TILES, _SUB, _OPCODES = (
    0x0115,
    0x0103,
    0x0111,
    0x0144,
    0x014A,
    (0xC740, 0xC741, 0xC74E),
)


@dataclass
class Directories:
    """`mismatch` (samples that the directory says, components that the JPEG has, byte offset of its frame header);
    `opcodes` (number, byte offset) of a list longer than any camera writes; `problem` why reading stopped early."""

    count: int = 0
    mismatch: list[tuple[int, int, int]] = field(default_factory=list)
    opcodes: list[tuple[int, int]] = field(default_factory=list)
    problem: str = ""


def is_tiff(head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*")


def read_directories(content: bytes) -> Directories:
    """Every directory and those within them. Never raises."""
    found = Directories()
    if not is_tiff(content):
        found.problem = "no TIFF"
        return found
    order = "<" if content[:2] == b"II" else ">"
    try:
        todo, seen = [struct.unpack_from(order + "I", content, 4)[0]], set()
        while todo and found.count < MAX_DIRECTORIES:
            at = todo.pop()
            if at and at not in seen:
                seen.add(at)
                found.count += 1
                todo += _directory(content, order, at, found)
    except (struct.error, IndexError):
        found.problem = "a directory ends early"
    return found


def _directory(content: bytes, order: str, at: int, found: Directories) -> list[int]:
    """Looks at one directory; gives the places of the next and of those within."""
    entries = struct.unpack_from(order + "H", content, at)[0]
    if entries > MAX_ENTRIES:
        found.problem = "a directory of more entries than are looked at"
        return []
    tags: dict[int, list[int]] = {}
    for i in range(entries):
        tag, kind, count = struct.unpack_from(order + "HHI", content, at + 2 + 12 * i)
        size = _SIZES.get(kind, 0) * count
        place = at + 10 + 12 * i if size <= 4 else struct.unpack_from(order + "I", content, at + 10 + 12 * i)[0]
        if tag in (_SAMPLES, _COMPRESSION, _STRIPS, _TILES, _SUB):
            tags[tag] = _numbers(content, order, kind, min(count, 10_000), place)
        elif tag in _OPCODES and size >= 4:
            number = struct.unpack_from(">I", content, place)[0]  # always big-endian
            if number > MAX_OPCODES:
                found.opcodes.append((number, place))
    if tags.get(_COMPRESSION, [0])[0] == 7 and tags.get(_SAMPLES):
        for place in (tags.get(_TILES) or tags.get(_STRIPS) or [])[:10_000]:
            components = _components(content, place)
            if (
                components is not None
                and components[0] != tags[_SAMPLES][0]
                and not _paired(components, tags[_SAMPLES][0])
            ):
                found.mismatch.append((tags[_SAMPLES][0], components[0], components[1]))
                break
    following = struct.unpack_from(order + "I", content, at + 2 + 12 * entries)[0]
    return [following, *tags.get(_SUB, [])[:MAX_DIRECTORIES]]


def _numbers(content: bytes, order: str, kind: int, count: int, place: int) -> list[int]:
    letter: Any = {1: "B", 3: "H", 4: "I", 13: "I"}.get(kind)
    return list(struct.unpack_from(f"{order}{count}{letter}", content, place)) if letter else []


def _components(content: bytes, at: int) -> tuple[int, int] | None:
    """(components, offset) of the lossless frame header of a JPEG, None where there is none."""
    if content[at : at + 2] != b"\xff\xd8":
        return None
    at += 2
    for _ in range(64):
        if content[at : at + 1] != b"\xff":
            return None
        marker, length = content[at + 1], struct.unpack_from(">H", content, at + 2)[0]
        if marker == 0xC3:
            return content[at + 9], at
        if marker == 0xDA or length < 2:
            return None
        at += 2 + length
    return None


def _paired(components: tuple[int, int], samples: int) -> bool:
    """Cameras write one sample a pixel as two components of half the width; the other way round none does."""
    return samples == 1 and components[0] in (2, 4)


__all__ = ["Directories", "is_tiff", "read_directories"]
