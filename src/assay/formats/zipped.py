"""ZIP by its central directory (APPNOTE.TXT 6.3.10, ZIP64 too), each entry held against its local header: entries that share
bytes with another are the bomb that David Fifield described ("A better zip bomb", WOOT 2019), and a name told in two ways shows
one program another file than the next.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import NamedTuple

from assay.formats.archive import LISTED, MOST, Member, Walk, first_active
from assay.formats.unpack import Budget, Damaged, Exhausted, whole

_END, _END64, _CENTRAL, _LOCAL = b"PK\x05\x06", b"PK\x06\x06", b"PK\x01\x02", b"PK\x03\x04"
_HEADER = struct.Struct("<4s4B4HL2L5H2L")
_METHODS = {8: "deflate", 12: "bz2", 93: "zst", 95: "xz"}
_CHAINED = 8  # archives one behind the other
_BOMB = 2 << 30  # bytes that a small archive promises
_GROWTH = 200.0


class Entry(NamedTuple):
    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int  # of the local header
    mode: int  # Unix mode, 0 where none is told
    extra: bytes
    clock: int  # the hour it was changed at, as MS-DOS writes it


def entries(content: bytes) -> tuple[list[Entry], int, str]:
    """The entries of the central directory (at most `LISTED`), where the archive begins in the bytes, and why it was not read
    to its end. Raises `Damaged` where there is none."""
    end = content.rfind(_END, max(0, len(content) - 65_557 - 22))
    if end < 0 or end + 22 > len(content):
        raise Damaged("there is no directory at its end")
    count, size, at = struct.unpack_from("<HLL", content, end + 10)
    if 0xFFFF in (count,) or 0xFFFFFFFF in (size, at):
        wide = content.rfind(_END64, max(0, end - 4096), end)
        if wide >= 0 and wide + 56 <= len(content):
            count, size, at = struct.unpack_from("<QQQ", content, wide + 32)
            end = wide
    start = max(0, end - size - at)  # bytes before the archive: a program that unpacks itself
    found: list[Entry] = []
    place = end - size
    if size > end or content[place : place + 4] not in (_CENTRAL, content[end : end + 4]):
        place, start = at, 0
    while place + 46 <= len(content) and content[place : place + 4] == _CENTRAL:
        if len(found) >= LISTED:
            return found, start, f"more than {LISTED} members"
        entry, place = _entry(content, place, start)
        found.append(entry)
    return found, start, "" if len(found) >= min(count, 0xFFFF) else f"{count} members promised, {len(found)} found"


def ends_in_zip(content: bytes) -> bool:
    """Does another kind of file end, to the byte, with a ZIP archive that was put behind it?"""
    end = content.rfind(_END, max(0, len(content) - 65_557))
    if end < 0 or end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") != len(content):
        return False
    listed, start, problem = entries(content)
    return bool(listed) and start > 0 and not problem and content.startswith(_LOCAL, listed[0].at)


def _entry(content: bytes, place: int, start: int) -> tuple[Entry, int]:
    head = _HEADER.unpack_from(content, place)
    system, flags, method = head[2], head[5], head[6]
    clock, crc, packed, size, n, extra, comment = head[7], *head[9:15]
    outer, at = head[17], head[18]
    raw = content[place + 46 : place + 46 + n]
    beside = content[place + 46 + n : place + 46 + n + extra]
    if 0xFFFFFFFF in (packed, size, at):
        packed, size, at = _wide(beside, packed, size, at)
    name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    mode = outer >> 16 if system in (3, 19) else 0
    return Entry(
        name, raw, flags, method, crc, packed, size, at + start, mode, beside, clock
    ), place + 46 + n + extra + comment


def _wide(extra: bytes, packed: int, size: int, at: int) -> tuple[int, int, int]:
    """Sizes and place of an entry in the ZIP64 field."""
    i = 0
    while i + 4 <= len(extra):
        id_, length = struct.unpack_from("<HH", extra, i)
        if id_ == 1:
            values = iter(struct.unpack_from(f"<{min(length, len(extra) - i - 4) // 8}Q", extra, i + 4))
            size = next(values, size) if size == 0xFFFFFFFF else size
            packed = next(values, packed) if packed == 0xFFFFFFFF else packed
            at = next(values, at) if at == 0xFFFFFFFF else at
            break
        i += 4 + length
    return packed, size, at


def walk_zip(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged` where there is no directory."""
    ahead = _walk(content, found, budget)
    for _ in range(_CHAINED):
        # An archive before the archive: some programs show the first one's members, some the last one's.
        if not ahead or not content.startswith(_LOCAL):
            return
        content, before = content[:ahead], len(found.members)
        try:
            ahead = _walk(content, found, budget)
        except Damaged:
            return
        if len(found.members) > before:
            names = ", ".join(member.name for member in found.members[before : before + 5])
            found.fault("second", 0, names)


def _walk(content: bytes, found: Walk, budget: Budget) -> int:
    """Adds the members of the last archive in the bytes; how many bytes stand before it."""
    listed, start, problem = entries(content)
    found.problem = found.problem or problem
    found.count += len(listed)
    _overlaps(content, listed, found)
    promised, packed = sum(e.size for e in listed), sum(e.packed for e in listed)
    if promised > _BOMB and promised > _GROWTH * max(1, min(packed, len(content))):
        found.fault("bomb", 0, f"{promised} bytes promised by {len(content)}")
    made = [Member(e.name, e.size, e.at, None, "", _kind(e), "", bool(e.flags & 1)) for e in listed]
    wanted = first_active(made, MOST)
    for i, (entry, member) in enumerate(zip(listed, made, strict=True)):
        if member.encrypted:
            member = _unlocked(content, entry, member, found, budget) if i in wanted else member
        elif member.kind in ("file", "link") and i in wanted:
            member = _unpacked(content, entry, member, found, budget)
        elif member.kind == "file":
            found.left += 1
        found.members.append(member)
    return start


def _kind(entry: Entry) -> str:
    if entry.name.endswith("/"):
        return "folder"
    form = entry.mode & 0o170000
    return "link" if form == 0o120000 else "device" if form in (0o020000, 0o060000, 0o010000) else "file"


def _unlocked(content: bytes, entry: Entry, member: Member, found: Walk, budget: Budget) -> Member:
    """A member under a password, by one of those that came with the archive; as it is where none opens it. The one that opened
    another is tried first."""
    begins = _data(content, entry)
    if begins is None or member.kind != "file" or not found.passwords:
        return member
    from assay.formats import locked

    packed, aes, left = content[begins : begins + entry.packed], locked.aes_method(entry.extra), found.left
    for password in found.passwords:
        budget.spend(0, 1.0)
        if entry.method == locked.AES_METHOD and aes is not None:
            plain, method = locked.aes_zip(packed, password, aes[0]), aes[1]
        else:
            check = entry.clock >> 8 if entry.flags & 8 else entry.crc >> 24
            plain, method = locked.old_zip(packed, password, check), entry.method
        if plain is None:
            continue
        inside = entry._replace(method=method, packed=len(plain), flags=0)
        opened = _taken(memoryview(plain), inside, replace(member, encrypted=False), found, budget)
        if opened.content is not None and (entry.crc in (0, zlib.crc32(opened.content))):  # AE-2 writes no checksum
            found.opened_by(password)
            return opened
        found.left = left
    return member


def _unpacked(content: bytes, entry: Entry, member: Member, found: Walk, budget: Budget) -> Member:
    if member.kind == "link" and entry.size > 4096:
        return member
    begins = _data(content, entry)
    if begins is None:
        return replace(member, problem="its local header is not there")
    return _taken(memoryview(content)[begins : begins + entry.packed], entry, member, found, budget)


def _taken(packed: memoryview, entry: Entry, member: Member, found: Walk, budget: Budget) -> Member:
    """A member with what its packed bytes unpack to."""
    problem, inner = "", None
    if entry.method == 0:
        inner = bytes(packed[: budget.member])
        budget.spend(len(inner), 1.0)
    elif entry.method in _METHODS:
        try:
            inner = whole(_METHODS[entry.method], packed, budget)
        except Damaged as error:
            problem = f"damaged: {error}"
        except Exhausted as error:
            found.left += 1
            problem = "unpacks to more than is looked at"
            if error.ratio >= _GROWTH:
                found.fault("bomb", entry.at, f"{entry.name}: {error.ratio:.0f} bytes for each one packed")
            if budget.left < 0:
                raise
    else:
        found.left += 1
        problem = f"packed by method {entry.method}, which is not read here"
    target = inner.decode("utf-8", "replace") if member.kind == "link" and inner is not None else ""
    return replace(member, content=inner, problem=problem, target=target)


def _data(content: bytes, entry: Entry) -> int | None:
    """Where an entry's packed bytes begin."""
    if content[entry.at : entry.at + 4] != _LOCAL or entry.at + 30 > len(content):
        return None
    n, extra = struct.unpack_from("<HH", content, entry.at + 26)
    return entry.at + 30 + int(n) + int(extra)


def _overlaps(content: bytes, listed: list[Entry], found: Walk) -> None:
    """Entries that share bytes, and those whose local header names another file."""
    until, before = -1, ""
    for entry in sorted(listed, key=lambda e: e.at):
        begins = _data(content, entry)
        if begins is None:
            continue
        if entry.at < until:
            found.fault("overlap", entry.at, f"{entry.name} lies in {before}", grave=True)
        if begins + entry.packed > until:
            until, before = begins + entry.packed, entry.name
        n = struct.unpack_from("<H", content, entry.at + 26)[0]
        told = content[entry.at + 30 : entry.at + 30 + n]
        if told != entry.raw and told.rpartition(b".")[2].lower() != entry.raw.rpartition(b".")[2].lower():
            found.fault(
                "two-names", entry.at, f"{entry.name} is called {told.decode('utf-8', 'replace')} where it lies"
            )


__all__ = ["Entry", "ends_in_zip", "entries", "walk_zip"]
