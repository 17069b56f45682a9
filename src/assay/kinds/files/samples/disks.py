"""Small disks, written from the file systems' descriptions: volumes of FAT and NTFS, and virtual disks that hold one."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_SECTOR = 512
Members = Sequence[tuple[str, bytes]]


def fat(members: Members, *, bits: int = 12) -> bytes:
    """A volume of FAT12 or FAT16 with these files in its root, a cluster a sector, each under a long name."""
    clusters, table, listed, data = {12: 2000, 16: 6000}[bits], [0xFFF8 | bits << 12 & 0xF000, 0xFFFF], b"", b""
    for number, (name, content) in enumerate(members):
        first, count = len(table), -(-len(content) // _SECTOR)
        table += [*range(first + 1, first + count), 0xFFFF] if count else []
        data += content.ljust(count * _SECTOR, b"\0")
        wide = name.encode("utf-16-le") + b"\0\0"
        wide = wide.ljust(-(-len(wide) // 26) * 26, b"\xff")
        for i in reversed(range(len(wide) // 26)):
            piece, order = wide[26 * i : 26 * i + 26], i + 1 | (0x40 if i == len(wide) // 26 - 1 else 0)
            listed += bytes((order,)) + piece[:10] + b"\x0f\0\0" + piece[10:22] + b"\0\0" + piece[22:]
        listed += (
            f"FILE{number:04}BIN".encode()
            + b"\x20"
            + bytes(14)
            + struct.pack("<HI", first if count else 0, len(content))
        )
    table += [0] * (clusters + 2 - len(table))
    if bits == 16:
        packed = struct.pack(f"<{len(table)}H", *table)
    else:
        pairs = zip(table[::2], [*table[1::2], 0], strict=False)
        packed = b"".join((a & 0xFFF | (b & 0xFFF) << 12).to_bytes(3, "little") for a, b in pairs)
    length = -(-len(packed) // _SECTOR)
    total = 1 + length + 32 + clusters
    boot = b"\xeb\x3c\x90MSDOS5.0" + struct.pack(
        "<HBHBHHBHHHII", _SECTOR, 1, 1, 1, 512, total, 0xF8, length, 32, 2, 0, 0
    )
    boot = (boot + b"\x80\0\x29\1\2\3\4NO NAME    FAT" + str(bits).encode() + b"   ").ljust(510, b"\0") + b"\x55\xaa"
    return (boot + packed.ljust(length * _SECTOR, b"\0") + listed.ljust(32 * _SECTOR, b"\0") + data).ljust(
        total * _SECTOR, b"\0"
    )


def ntfs(members: Members) -> bytes:
    """A volume of NTFS, a cluster a sector: short files stand in their records, longer ones in runs of their own."""
    first, count = 4, 16 + len(members)
    place = first + 2 * count
    records, data = {}, b""
    root = _record(_named(5, "."), folder=True)
    for number, (name, content) in enumerate(members, 16):
        if len(content) <= 300:
            stream = _resident(0x80, content)
        else:
            clusters = -(-len(content) // _SECTOR)
            stream = _runs(place, clusters, len(content))
            place += clusters
            data += content.ljust(clusters * _SECTOR, b"\0")
        records[number] = _record(_named(5, name) + stream)
    table = _record(_named(5, "$MFT") + _runs(first, 2 * count, 1024 * count))
    body = b"".join({0: table, 5: root, **records}.get(i, bytes(1024)) for i in range(count))
    boot = b"\xeb\x52\x90NTFS    " + struct.pack("<HB", _SECTOR, 1) + bytes(34) + struct.pack("<QQb", first, 2, -10)
    return boot.ljust(510, b"\0") + b"\x55\xaa" + bytes((first - 1) * _SECTOR) + body + data


def _named(parent: int, name: str) -> bytes:
    return _resident(0x30, struct.pack("<Q", parent) + bytes(56) + bytes((len(name), 1)) + name.encode("utf-16-le"))


def _resident(kind: int, content: bytes) -> bytes:
    length = -(-(24 + len(content)) // 8) * 8
    head = struct.pack("<IIBBHHHIHH", kind, length, 0, 0, 24, 0, 0, len(content), 24, 0)
    return (head + content).ljust(length, b"\0")


def _runs(place: int, clusters: int, size: int) -> bytes:
    told = b"\x44" + struct.pack("<II", clusters, place) + b"\0"
    head = struct.pack(
        "<IIBBHHHQQHHIQQQ", 0x80, 80, 1, 0, 64, 0, 0, 0, clusters - 1, 64, 0, 0, clusters * _SECTOR, size, size
    )
    return (head + told).ljust(80, b"\0")


def _record(attributes: bytes, *, folder: bool = False) -> bytes:
    """With the check that stands at each sector's end, and what it stands in place of."""
    raw = bytearray(b"FILE" + struct.pack("<HHQHHHHII", 48, 3, 0, 1, 1, 56, 1 | 2 * folder, 0, 1024))
    raw = bytearray(bytes(raw).ljust(56, b"\0") + attributes + b"\xff\xff\xff\xff").ljust(1024, b"\0")
    for i in (1, 2):
        raw[48 + 2 * i : 50 + 2 * i] = raw[512 * i - 2 : 512 * i]
    raw[48:50] = b"\x07\x07"
    for i in (1, 2):
        raw[512 * i - 2 : 512 * i] = b"\x07\x07"
    return bytes(raw)


def partitioned(volume: bytes) -> bytes:
    """A disk with one partition."""
    first = bytearray(8 * _SECTOR)
    first[450] = 7
    struct.pack_into("<II", first, 454, 8, len(volume) // _SECTOR)
    first[510:512] = b"\x55\xaa"
    return bytes(first) + volume


def virtual(disk: bytes, *, grows: bool = False) -> bytes:
    """A Virtual Hard Disk of this disk, of fixed length, or of blocks that are there once they are written."""
    footer = b"conectix".ljust(16, b"\0") + struct.pack(">Q", 512 if grows else (1 << 64) - 1)
    footer = footer.ljust(_SECTOR, b"\0")
    if not grows:
        return disk + footer
    block = 1 << 14
    pieces = [disk[at : at + block].ljust(block, b"\0") for at in range(0, len(disk), block)]
    table, data, begins = [], b"", 1536 + -(-4 * len(pieces) // _SECTOR) * _SECTOR
    for piece in pieces:
        table.append((begins + len(data)) // _SECTOR if any(piece) else 0xFFFFFFFF)
        data += bytes(_SECTOR) + piece if any(piece) else b""
    head = b"cxsparse".ljust(16, b"\xff") + struct.pack(">QIII", 1536, 1 << 16, len(pieces), block)
    listed = struct.pack(f">{len(table)}I", *table)
    return footer + head.ljust(1024, b"\0") + listed.ljust(begins - 1536, b"\xff") + data + footer


__all__ = ["fat", "ntfs", "partitioned", "virtual"]
