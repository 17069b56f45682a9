"""ISO 9660 disk images (ECMA-119) with Joliet names, walked within bounds: what is mailed as a disk to shed the mark that
files from the internet carry.
"""

from __future__ import annotations

import struct

from assay.formats.archive import LISTED, MOST, Member, Walk
from assay.formats.unpack import Budget, Damaged

_SECTOR = 2048
_DEPTH = 32


def walk_iso(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged` where no directory can be read."""
    root, joliet = _root(content)
    waiting = [("", *root, 0)]
    seen: set[int] = set()
    while waiting:
        path, at, size, depth = waiting.pop()
        if at in seen or depth > _DEPTH:
            continue
        seen.add(at)
        for name, place, length, folder in _records(content, at, size, joliet):
            found.count += 1
            if found.count > LISTED:
                found.problem = f"more than {LISTED} members"
                return
            full = f"{path}/{name}" if path else name
            if folder:
                waiting.append((full, place, length, depth + 1))
                found.members.append(Member(full, 0, place, kind="folder"))
                continue
            inner = None
            if length <= budget.member and len(found.members) < MOST and place + length <= len(content):
                inner = content[place : place + length]
                budget.spend(length, 1.0)
            else:
                found.left += 1
            found.members.append(Member(full, length, place, inner, "" if inner is not None else "not there"))


def _root(content: bytes) -> tuple[tuple[int, int], bool]:
    """(byte, length) of the first directory; of the Joliet tree where there is one."""
    best: tuple[tuple[int, int], bool] | None = None
    for number in range(16, 48):
        block = content[number * _SECTOR : (number + 1) * _SECTOR]
        if len(block) < _SECTOR or block[1:6] != b"CD001" or block[0] == 255:
            break
        joliet = block[0] == 2 and block[88:91] in (b"%/@", b"%/C", b"%/E")
        if block[0] == 1 or joliet:
            at, size = struct.unpack_from("<I4xI", block, 156 + 2)
            best = ((at * _SECTOR, size), joliet)
            if joliet:
                break
    if best is None:
        raise Damaged("it has no volume that can be read")
    return best


def _records(content: bytes, at: int, size: int, joliet: bool) -> list[tuple[str, int, int, bool]]:
    out = []
    end = min(len(content), at + min(size, 16 << 20))
    while at + 33 < end:
        length = content[at]
        if length == 0:  # records do not cross sectors
            at = (at // _SECTOR + 1) * _SECTOR
            continue
        place, extent, flags, n = *struct.unpack_from("<I4xI", content, at + 2), content[at + 25], content[at + 32]
        raw = content[at + 33 : at + 33 + n]
        if length < 33 + n or at + length > end:
            break
        if raw not in (b"\0", b"\1"):
            name = raw.decode("utf-16-be" if joliet else "latin-1", "replace").partition(";")[0]
            out.append((name, place * _SECTOR, extent, bool(flags & 2)))
        at += length
    return out


__all__ = ["walk_iso"]
