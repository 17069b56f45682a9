"""Disk images: raw ones and Virtual Hard Disks, fixed or growing (Microsoft's specification 1.0), their partitions (MBR, GPT), and the
files of FAT and NTFS on them. What is mailed as a disk sheds the mark that files from the internet carry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from assay.formats.archive import LISTED, MOST, Member, Walk
from assay.formats.unpack import Budget, Damaged

SECTOR = 512
_COOKIE = b"conectix"
_PARTITIONS = 16


class Disk:
    """The bytes of a disk, wherever they lie in its image; what was never written is zero."""

    def __init__(self, content: bytes) -> None:
        self._content, self._block = content, 0
        self._table: tuple[int, ...] = ()
        if content.startswith(_COOKIE):
            self._grown()
        elif content[-SECTOR:].startswith(_COOKIE):
            self._content = content[:-SECTOR]

    def _grown(self) -> None:
        at = int.from_bytes(self._content[16:24], "big")
        if self._content[at : at + 8] != b"cxsparse":
            raise Damaged("its table of blocks is not there")
        table, _, count, self._block = struct.unpack_from(">QIII", self._content, at + 16)
        if not SECTOR <= self._block <= 1 << 26 or self._block & self._block - 1 or count > 1 << 22:
            raise Damaged("its table of blocks does not hold")
        raw = self._content[table : table + 4 * count]
        self._table = struct.unpack(f">{len(raw) // 4}I", raw[: len(raw) & ~3])

    def read(self, at: int, count: int) -> bytes:
        """As many bytes as there are."""
        if not self._block:
            return self._content[at : at + count] if at >= 0 else b""
        out, bitmap = bytearray(), -(-self._block // SECTOR // 8 // SECTOR) * SECTOR
        while len(out) < count and 0 <= at // self._block < len(self._table):
            number, inside = divmod(at, self._block)
            size = min(count - len(out), self._block - inside)
            place = self._table[number]
            piece = b"" if place == 0xFFFFFFFF else self._content[place * SECTOR + bitmap + inside :][:size]
            out += piece.ljust(size, b"\0")
            at += size
        return bytes(out)


def walk_disk(content: bytes, found: Walk, budget: Budget) -> None:
    """Fills `found`. Raises `Damaged` where there is no file system that is read."""
    disk = Disk(content)
    unread: list[str] = []
    seen = 0
    for at in _volumes(disk):
        boot = disk.read(at, SECTOR)
        if boot[3:11] == b"NTFS    ":
            from assay.formats.ntfs import files
        elif boot[54:57] == b"FAT" or boot[82:85] == b"FAT":
            from assay.formats.fat import files
        else:
            if any(boot):
                unread.append("exFAT" if boot[3:8] == b"EXFAT" else "a file system of another kind")
            continue
        seen += 1
        for member in files(disk, at, budget):
            found.count += 1
            if found.count > LISTED:
                found.problem = f"more than {LISTED} members"
                return
            kept = len(found.members) < MOST or member.kind != "file"
            found.left += member.kind == "file" and (member.content is None or not kept)
            found.members.append(
                member if kept else Member(member.name, member.size, member.at, problem="not unpacked")
            )
    if unread or not seen:
        found.problem = f"{unread[0] if unread else 'no file system'} is not read here"


def _volumes(disk: Disk) -> Iterator[int]:
    """Where the volumes begin."""
    first = disk.read(0, SECTOR)
    if first[510:512] != b"\x55\xaa":
        raise Damaged("it does not begin as a disk does")
    if first[3:11] == b"NTFS    " or first[54:57] == b"FAT" or first[82:85] == b"FAT" or first[3:8] == b"EXFAT":
        yield 0
        return
    entries = [struct.unpack_from("<I", first, 454 + 16 * i)[0] for i in range(4) if first[450 + 16 * i]]
    header = disk.read(SECTOR, 92)
    if first[450] == 0xEE and header.startswith(b"EFI PART"):
        at, count, size = struct.unpack_from("<QII", header, 72)
        table = disk.read(at * SECTOR, min(count, _PARTITIONS) * min(size, 4096)) if 128 <= size <= 4096 else b""
        entries = [
            struct.unpack_from("<Q", table, i)[0]
            for i in range(32, len(table) - 8, size)
            if any(table[i - 32 : i - 16])
        ]
    for start in entries:
        yield start * SECTOR


__all__ = ["SECTOR", "Disk", "walk_disk"]
