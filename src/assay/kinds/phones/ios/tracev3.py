"""The unified log's files, as far as they say without its messages which program wrote when: `tracev3` (header, catalogs), `timesync`
(boots, and how the phone's own time runs beside the clock's), `uuidtext` (the path of a program by its identifier).

Catalogs are not compressed and list every process that wrote in the blocks that follow, with the span of each block; the blocks
themselves are passed over and counted. Layouts follow libyal's published description (dtformats, Apple Unified Logging).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from assay.kinds.phones.backup.database import Broken

HEADER, CATALOG = 0x1000, 0x600B
PASSED = 0x41535359  # not Apple's: stands in a file made thin for what was left out of it
MAX_PROCESSES = 20_000  # of one file
_CHUNK = struct.Struct("<IIQ")
_SYSTEM, _BOOT = b"\x01\x61\0\0", b"\x02\x61\0\0"  # parts of the header: build and model; the boot's identifier
_LISTS = struct.Struct("<5H6xQ")
_PROCESS = struct.Struct("<4HQ6I")
_BLOCK = struct.Struct("<QQ3I")
_BOOTED, _SYNCED = struct.Struct("<2sHI16s2IQ2I"), struct.Struct("<2sHIQQ2I")
_NAMES = struct.Struct("<4I")
_UUIDTEXT = 0x66778899


class Wrote(NamedTuple):
    """A program that wrote to the log: identifier of its file, user, and the span of the first block with something of it, in the
    phone's own ticks."""

    program: bytes
    user: int
    since: int
    until: int


class Trace(NamedTuple):
    """One file: the boot it belongs to, the build, who wrote, and how many of its bytes were read."""

    boot: bytes
    build: str
    wrote: tuple[Wrote, ...]
    read: int
    size: int


class Clock(NamedTuple):
    """One boot: when (nanoseconds since 1970), nanoseconds a tick as a fraction, and pairs of ticks and nanoseconds since 1970."""

    booted: int
    numerator: int
    denominator: int
    pairs: list[tuple[int, int]]

    def at(self, ticks: int) -> float:
        """Seconds since 1970."""
        n = bisect_right(self.pairs, (ticks, 2**63)) - 1
        then, wall = self.pairs[max(0, n)]
        return (wall + (ticks - then) * self.numerator / max(1, self.denominator)) / 1e9


def thin(data: bytes) -> bytes:
    """The same file without the blocks of messages, each replaced by its size."""
    kept = []
    for tag, start, end in _chunks(data):
        whole = data[start - _CHUNK.size : end]
        kept.append(whole + bytes(-len(whole) % 8) if tag in (HEADER, CATALOG, PASSED) else
                    _CHUNK.pack(PASSED, 0, 8) + len(whole).to_bytes(8, "little"))  # fmt: skip
    return b"".join(kept)


def trace(data: bytes) -> Trace:
    """Raises `Broken` for what is no such file; one that is cut off tells what comes before."""
    boot, build, read, size = b"", "", 0, 0
    wrote: dict[tuple[bytes, int], Wrote] = {}
    for tag, start, end in _chunks(data):
        if tag == PASSED:
            size += int.from_bytes(data[start : start + 8], "little")
            continue
        size += end - start + _CHUNK.size
        if tag not in (HEADER, CATALOG):
            continue
        read += end - start + _CHUNK.size
        try:
            if tag == HEADER:
                boot, build = _header(data[start:end])
            else:
                for one in _catalog(data[start:end]):
                    known = wrote.get((one.program, one.user))
                    if (known is None and len(wrote) < MAX_PROCESSES) or (known and one.since < known.since):
                        wrote[one.program, one.user] = one
        except (struct.error, IndexError) as error:
            raise Broken(f"its lists cannot be followed: {error}") from None
    if not boot:
        raise Broken("it is no unified log")
    return Trace(boot, build, tuple(wrote.values()), read, size)


def clocks(data: bytes) -> list[tuple[bytes, Clock]]:
    """The boots of a timesync file, by their identifiers. Raises `Broken`."""
    found: list[tuple[bytes, Clock]] = []
    at = 0
    while at + 4 <= len(data):
        mark, size = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "little")
        if size < 4 or at + size > len(data):
            break
        if mark == b"\xb0\xbb" and size >= _BOOTED.size:
            _, _, _, boot, numerator, denominator, booted, _, _ = _BOOTED.unpack_from(data, at)
            found.append((boot, Clock(booted, numerator, denominator, [(0, booted)])))
        elif mark == b"Ts" and size >= _SYNCED.size and found:
            _, _, _, ticks, wall, _, _ = _SYNCED.unpack_from(data, at)
            pairs = found[-1][1].pairs
            if ticks > pairs[-1][0]:
                pairs.append((ticks, wall))
        at += size
    if not found:
        raise Broken("there is no boot in it")
    return found


def thin_names(data: bytes) -> bytes:
    """A uuidtext file without its texts: its head, and the path."""
    return _NAMES.pack(_UUIDTEXT, 2, 1, 0) + program(data).encode() + b"\0"


def program(data: bytes) -> str:
    """The path that a uuidtext file belongs to. Raises `Broken`."""
    try:
        mark, _, _, number = _NAMES.unpack_from(data)
        sizes = struct.unpack_from(f"<{2 * number}I", data, _NAMES.size) if mark == _UUIDTEXT else None
    except (struct.error, OverflowError, MemoryError):
        sizes = None
    if sizes is None:
        raise Broken("it is no list of texts")
    at = _NAMES.size + 8 * number + sum(sizes[1::2])
    return data[at : at + 4096].partition(b"\0")[0].decode("utf-8", "replace")


def _chunks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Tag, start and end of each chunk's content; chunks begin at multiples of eight."""
    at = 0
    while at + _CHUNK.size <= len(data):
        tag, _, size = _CHUNK.unpack_from(data, at)
        start = at + _CHUNK.size
        if size > len(data) - start:
            return
        yield tag, start, start + size
        at = start + size + -size % 8


def _header(data: bytes) -> tuple[bytes, str]:
    """Boot and build, out of the parts that follow the fixed 40 bytes: tag and size of four bytes each."""
    boot, build, at = b"", "", 40
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        part = data[at + 8 : at + 8 + size]
        if data[at : at + 4] == _SYSTEM:
            build = part[8:24].partition(b"\0")[0].decode("ascii", "replace")
        elif data[at : at + 4] == _BOOT and len(part) >= 16:
            boot = part[:16]
        at += 8 + size
    return boot, build


def _catalog(data: bytes) -> Iterator[Wrote]:
    """Offsets in its head count from after it: identifiers of 16 bytes, names, processes, blocks."""
    names, processes, number, blocks, blocks_number, _ = _LISTS.unpack_from(data)
    base, at = _LISTS.size, _LISTS.size + processes
    listed: dict[int, tuple[bytes, int]] = {}
    for _ in range(number):
        index, _, own, _, _, _, _, user, _, programs, _ = _PROCESS.unpack_from(data, at)
        at += _PROCESS.size + 16 * programs
        (areas,) = struct.unpack_from("<I", data, at)
        at += 8 + 6 * areas + -6 * areas % 8
        if 16 * own + 16 <= names:
            listed[index] = data[base + 16 * own : base + 16 * own + 16], user
    at = base + blocks
    for _ in range(blocks_number):
        since, until, _, _, members = _BLOCK.unpack_from(data, at)
        at += _BLOCK.size
        indexes = struct.unpack_from(f"<{members}H", data, at)
        (offsets,) = struct.unpack_from("<I", data, at + 2 * members)
        at += 2 * members + 4 + 2 * offsets + -2 * (members + offsets) % 8
        for index in indexes:
            if index in listed:
                yield Wrote(*listed[index], since, max(since, until))


__all__ = ["Clock", "Trace", "Wrote", "clocks", "program", "thin", "thin_names", "trace"]
