"""TrueType programs, as far as their opcodes: the undocumented instruction that one exploit chain used.

ADJUST was never documented nor written by any tool; it was left in one maker's interpreter for thirty years and is how
Operation Triangulation began (CVE-2023-41990). Offsets from the OpenType specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from assay.formats.breach import Breach

MAX_FONTS, MAX_GLYPHS, MAX_PROGRAM, MAX_TOLD = 64, 65_536, 1 << 20, 8
_ADJUST = (0x8F, 0x90)
_UNUSED = frozenset((0x28, 0x7B, 0x83, 0x84, *range(0x93, 0xB0)))


@dataclass
class Programs:
    """`programs` looked at; `adjust` (byte offset, opcode) of every ADJUST; `unused` opcodes that mean nothing, by count;
    `problem` why reading stopped early."""

    programs: int = 0
    adjust: list[tuple[int, int]] = field(default_factory=list)
    unused: int = 0
    problem: str = ""

    @property
    def breaches(self) -> list[Breach]:
        return [
            Breach("truetype-adjust", at, f"{opcode:02X}", "00 to 8E, 91 to FF", "opcode of a font's program")
            for at, opcode in self.adjust[:MAX_TOLD]
        ]


def is_truetype(head: bytes) -> bool:
    return head[:4] in (b"\x00\x01\x00\x00", b"true", b"ttcf")


def read_programs(content: bytes) -> Programs:
    """Every program of a font or collection. Never raises."""
    found = Programs()
    try:
        starts = [0]
        if content[:4] == b"ttcf":
            count = struct.unpack_from(">I", content, 8)[0]
            starts = list(struct.unpack_from(f">{min(count, MAX_FONTS)}I", content, 12))
        seen: set[int] = set()
        room = len(content)  # programs that lie side by side are no longer than the file
        for start in starts:
            for offset, program in _programs(content, start):
                if offset not in seen:
                    seen.add(offset)
                    room -= len(program)
                    if room < 0:
                        found.problem = "its programs lie over each other"
                        return found
                    found.programs += 1
                    _scan(offset, program, found)
    except (struct.error, IndexError):
        found.problem = "a table ends early"
    return found


def _programs(content: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    tables: dict[bytes, tuple[int, int]] = {}
    for i in range(min(struct.unpack_from(">H", content, start + 4)[0], 256)):
        tag, _, offset, length = struct.unpack_from(">4sIII", content, start + 12 + 16 * i)
        tables[tag] = offset, length
    for tag in (b"fpgm", b"prep"):
        if tag in tables:
            offset, length = tables[tag]
            yield offset, content[offset : offset + min(length, MAX_PROGRAM)]
    if not {b"glyf", b"loca", b"head", b"maxp"} <= tables.keys():
        return
    long = struct.unpack_from(">h", content, tables[b"head"][0] + 50)[0] != 0
    glyphs = min(struct.unpack_from(">H", content, tables[b"maxp"][0] + 4)[0], MAX_GLYPHS)
    loca, (glyf, whole) = tables[b"loca"][0], tables[b"glyf"]
    places = struct.unpack_from(f">{glyphs + 1}{'I' if long else 'H'}", content, loca)
    for first, last in pairwise(places):
        first, last = (first, last) if long else (2 * first, 2 * last)
        if last - first > 10 and last <= whole:
            yield from _glyph(content, glyf + first, glyf + last)


def _glyph(content: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    contours = struct.unpack_from(">h", content, at)[0]
    at += 10
    if contours < 0:
        flags = 0x20
        while flags & 0x20:  # more components follow
            flags = struct.unpack_from(">H", content, at)[0]
            at += 4 + (4 if flags & 1 else 2) + (2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
            if at >= end:
                return
        if not flags & 0x100:
            return
    else:
        at += 2 * contours
    length = struct.unpack_from(">H", content, at)[0]
    if at + 2 + length <= end:
        yield at + 2, content[at + 2 : at + 2 + length]


def _scan(offset: int, program: bytes, found: Programs) -> None:
    at, end = 0, len(program)
    while at < end:
        opcode = program[at]
        if opcode in _ADJUST:
            found.adjust.append((offset + at, opcode))
        elif opcode in _UNUSED:
            found.unused += 1
        if opcode in (0x40, 0x41):  # data to push, counted by the next byte
            at += 2 + (program[at + 1] * (opcode - 0x3F) if at + 1 < end else 0)
        elif 0xB0 <= opcode <= 0xB7:
            at += 2 + opcode - 0xB0
        elif 0xB8 <= opcode <= 0xBF:
            at += 1 + 2 * (opcode - 0xB7)
        else:
            at += 1


__all__ = ["Programs", "is_truetype", "read_programs"]
