"""DNG and TIFF directories, as far as three promises that a decoder may believe: how many samples a pixel has, against the
lossless JPEG that holds them (`dng-samples`, CVE-2025-43300); how many corrections follow (`dng-opcodes`, CVE-2025-21043); and how
many tiles there are, against the picture's size (`dng-tiles`). TIFF 6.0, DNG 1.7; lossless JPEG from ITU-T T.81 annex H."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from assay.formats.breach import Breach

MAX_DIRECTORIES, MAX_ENTRIES, MAX_VALUES, MAX_TILES, MAX_OPCODES = 64, 4096, 10_000, 1000, 1_000_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WIDTH, _LENGTH, _COMPRESSION, _STRIPS, _SAMPLES, _PLANAR = 0x0100, 0x0101, 0x0103, 0x0111, 0x0115, 0x011C
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_SIZES, _SUB = 0x0142, 0x0143, 0x0144, 0x0145, 0x014A
_KEPT = frozenset(
    (_WIDTH, _LENGTH, _COMPRESSION, _STRIPS, _SAMPLES, _PLANAR, _TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_SIZES, _SUB)
)
_OPCODES = (0xC740, 0xC741, 0xC74E)


@dataclass
class Directories:
    """`count` directories looked at; `breaches` of limits, each kind once a directory; `problem` why reading stopped early."""

    count: int = 0
    breaches: list[Breach] = field(default_factory=list)
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
    counts: dict[int, tuple[int, int]] = {}  # how many values, and where they lie
    for i in range(entries):
        tag, kind, count = struct.unpack_from(order + "HHI", content, at + 2 + 12 * i)
        size = _SIZES.get(kind, 0) * count
        place = at + 10 + 12 * i if size <= 4 else struct.unpack_from(order + "I", content, at + 10 + 12 * i)[0]
        if tag in _KEPT:
            counts[tag] = count, place
            tags[tag] = _numbers(content, order, kind, min(count, MAX_VALUES), place)
        elif tag in _OPCODES and size >= 4:
            number = struct.unpack_from(">I", content, place)[0]  # always big-endian
            if number > MAX_OPCODES:
                found.breaches.append(Breach("dng-opcodes", place, number, MAX_OPCODES, "corrections in one list"))
    _samples(content, tags, found)
    _tiles(tags, counts, found)
    following = struct.unpack_from(order + "I", content, at + 2 + 12 * entries)[0]
    return [following, *tags.get(_SUB, [])[:MAX_DIRECTORIES]]


def _samples(content: bytes, tags: dict[int, list[int]], found: Directories) -> None:
    """Do the lossless JPEGs hold as many samples a pixel as the directory says?"""
    if not tags.get(_SAMPLES) or (tags.get(_COMPRESSION) or [0])[0] != 7:
        return
    if (tags.get(_PLANAR) or [1])[0] == 2:
        return  # each plane is a picture of its own, of one component
    samples = tags[_SAMPLES][0]
    for place in (tags.get(_TILES) or tags.get(_STRIPS) or [])[:MAX_TILES]:
        told = _components(content, place)
        # Cameras write one sample a pixel as two or four components of a narrower picture; the other way round none does.
        if told is not None and told[0] != samples and not (samples == 1 and told[0] in (2, 4)):
            what = f"components of the lossless JPEG, where the directory says {samples} samples a pixel"
            found.breaches.append(Breach("dng-samples", told[1], told[0], samples, what))
            return


def _tiles(tags: dict[int, list[int]], counts: dict[int, tuple[int, int]], found: Directories) -> None:
    """Are there as many tiles, and sizes of them, as cover the picture?"""
    sides = [(tags.get(tag) or [0])[0] for tag in (_WIDTH, _LENGTH, _TILE_WIDTH, _TILE_LENGTH)]
    if _TILES not in counts or not all(sides):
        return
    width, length, tile_width, tile_length = sides
    planes = (tags.get(_SAMPLES) or [1])[0] if (tags.get(_PLANAR) or [1])[0] == 2 else 1
    grid = -(-width // tile_width) * -(-length // tile_length) * planes
    for tag, name in ((_TILES, "places"), (_TILE_SIZES, "sizes")):
        count, place = counts.get(tag, (0, counts[_TILES][1]))
        if count != grid:
            found.breaches.append(Breach("dng-tiles", place, count, grid, f"{name} of tiles for the picture's grid"))
            return


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


__all__ = ["Directories", "is_tiff", "read_directories"]
