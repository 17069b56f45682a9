"""Files of a FAT volume, of 12, 16 or 32 bits (Microsoft's FAT specification 1.03), with their long names."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from assay.formats.archive import LISTED, Member
from assay.formats.unpack import Budget, Damaged

if TYPE_CHECKING:
    from assay.formats.disk import Disk

_LONG, _FOLDER, _LABEL = 0x0F, 0x10, 0x08
_DEPTH, _FOLDER_MOST, _CHAIN = 32, 8 << 20, 1 << 20


class _Volume(NamedTuple):
    """Byte places from the beginning of the disk; `bits` of an entry of the table."""

    disk: Disk
    table: bytes
    bits: int
    cluster: int
    data: int

    def chain(self, first: int) -> Iterator[int]:
        """The clusters of a file, in order; what leads in a circle ends."""
        seen: set[int] = set()
        number = first
        while (
            2 <= number < (0x0FF7, 0xFFF7, 0x0FFFFFF7)[(12, 16, 32).index(self.bits)]
            and number not in seen
            and len(seen) < _CHAIN
        ):
            seen.add(number)
            yield number
            at = number * self.bits // 8
            raw = int.from_bytes(self.table[at : at + 4], "little")
            number = (
                raw & 0x0FFFFFFF
                if self.bits == 32
                else raw & 0xFFFF
                if self.bits == 16
                else (raw >> 4 * (number & 1)) & 0x0FFF
            )

    def read(self, first: int, size: int) -> bytes:
        out = bytearray()
        for number in self.chain(first):
            out += self.disk.read(self.data + (number - 2) * self.cluster, self.cluster)
            if len(out) >= size:
                break
        return bytes(out[:size])


def files(disk: Disk, at: int, budget: Budget) -> Iterator[Member]:
    """Files and folders with their contents. Raises `Damaged`, `Exhausted`."""
    boot = disk.read(at, 512)
    sector, per, reserved, tables, root, small, _, length = struct.unpack_from("<HBHBHHBH", boot, 11)
    total, wide, first = (
        struct.unpack_from("<I", boot, 32)[0],
        struct.unpack_from("<I", boot, 36)[0],
        struct.unpack_from("<I", boot, 44)[0],
    )
    length, total = length or wide, small or total
    if sector not in (512, 1024, 2048, 4096) or not per or not tables or not length:
        raise Damaged("its beginning does not hold")
    roots = -(-root * 32 // sector)
    begins = reserved + tables * length
    clusters = max(0, total - begins - roots) // per
    bits = 12 if clusters < 4085 else 16 if clusters < 65_525 else 32
    table = disk.read(at + reserved * sector, min(length * sector, 64 << 20))
    volume = _Volume(disk, table, bits, per * sector, at + (begins + roots) * sector)
    listed = volume.read(first, _FOLDER_MOST) if bits == 32 else disk.read(at + begins * sector, root * 32)
    waiting, seen, count = [("", listed, 0)], {first if bits == 32 else 0}, 0
    while waiting:
        path, content, depth = waiting.pop()
        for name, folder, number, size in _entries(content):
            count += 1
            if count > LISTED:
                return
            whole = f"{path}/{name}" if path else name
            if folder:
                yield Member(whole, kind="folder")
                if number not in seen and depth < _DEPTH:
                    seen.add(number)
                    waiting.append((whole, volume.read(number, _FOLDER_MOST), depth + 1))
                continue
            if size > budget.member:
                yield Member(whole, size, problem="not unpacked")
                continue
            inner = volume.read(number, size)
            budget.spend(len(inner), 1.0)
            yield (
                Member(whole, size, content=inner)
                if len(inner) == size
                else Member(whole, size, problem="damaged: it ends too early")
            )


def _entries(content: bytes) -> Iterator[tuple[str, bool, int, int]]:
    """(name, is it a folder, first cluster, size); those that were deleted are left out."""
    long: list[bytes] = []
    for at in range(0, len(content) - 31, 32):
        entry = content[at : at + 32]
        if not entry[0]:
            return
        if entry[0] == 0xE5:
            long = []
        elif entry[11] & 0x3F == _LONG:
            long.insert(0, entry[1:11] + entry[14:26] + entry[28:32])
        elif entry[11] & _LABEL:
            long = []
        else:
            name = b"".join(long).decode("utf-16-le", "replace").partition("\0")[0] if long else ""
            stem, ending = entry[:8].decode("cp437").rstrip(), entry[8:11].decode("cp437").rstrip()
            name = name or (f"{stem}.{ending}" if ending else stem)
            high, low, size = (
                struct.unpack_from("<H", entry, 20)[0],
                struct.unpack_from("<H", entry, 26)[0],
                struct.unpack_from("<I", entry, 28)[0],
            )
            long = []
            if stem not in (".", ".."):
                yield name, bool(entry[11] & _FOLDER), high << 16 | low, size


__all__ = ["files"]
