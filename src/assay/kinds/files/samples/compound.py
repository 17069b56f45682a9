"""OLE compound files ([MS-CFB], version 3) and VBA projects ([MS-OVBA]) written by code, for samples: no more than a reader needs."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping, Sequence

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams; a path's folders become storages."""
    entries: list[list[object]] = [["Root Entry", 5, _END, 0, []]]  # name, kind, first sector, size, children
    places: dict[str, int] = {"": 0}
    mini, sectors = b"", b""
    mini_fat: list[int] = []
    fat: list[int] = []

    def chain(count: int, table: list[int]) -> int:
        first = len(table)
        table.extend([*(first + i + 1 for i in range(count - 1)), _END])
        return first

    for path, content in streams.items():
        folders = path.split("/")
        for depth in range(1, len(folders)):
            folder = "/".join(folders[:depth])
            if folder not in places:
                places[folder] = len(entries)
                entries.append([folders[depth - 1], 1, 0, 0, []])
                entries[places["/".join(folders[: depth - 1])]][4].append(places[folder])  # type: ignore[attr-defined]
        at = _END
        if 0 < len(content) < _CUTOFF:
            count = -(-len(content) // _MINI)
            at = chain(count, mini_fat)
            mini += content.ljust(count * _MINI, b"\0")
        elif content:
            count = -(-len(content) // _SECTOR)
            at = chain(count, fat)
            sectors += content.ljust(count * _SECTOR, b"\0")
        entries[places["/".join(folders[:-1])]][4].append(len(entries))  # type: ignore[attr-defined]
        entries.append([folders[-1], 2, at, len(content), []])

    def put(content: bytes) -> int:
        nonlocal sectors
        count = -(-len(content) // _SECTOR)
        sectors += content.ljust(count * _SECTOR, b"\0")
        return chain(count, fat) if count else _END

    entries[0][2], entries[0][3] = put(mini), len(mini)
    small = put(
        b"".join(struct.pack("<I", n) for n in mini_fat).ljust(-(-len(mini_fat) * 4 // _SECTOR) * _SECTOR, b"\xff")
    )
    directory = put(_directory(entries))
    rows = 1
    while len(fat) + rows > rows * 128:
        rows += 1
    table = fat + [_FAT] * rows
    own = list(range(len(fat), len(fat) + rows))
    sectors += b"".join(struct.pack("<I", n) for n in table).ljust(rows * _SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack(
        "<IIIIIIIIII", 0, rows, directory, 0, _CUTOFF, small, -(-len(mini_fat) * 4 // _SECTOR), _END, 0, own[0]
    )
    head += b"".join(struct.pack("<I", n) for n in own[1:])
    return head.ljust(_SECTOR, b"\xff") + sectors


def _directory(entries: Sequence[Sequence[object]]) -> bytes:
    """Siblings hang in a row, each to the right of the one before."""
    right: dict[int, int] = {}
    for entry in entries:
        children = list(entry[4])  # type: ignore[call-overload]
        right |= dict(itertools.pairwise(children))
    out = b""
    for i, (name, kind, at, size, children) in enumerate(entries):
        raw = str(name).encode("utf-16-le") + b"\0\0"
        child = children[0] if children else _FREE  # type: ignore[index]
        out += raw.ljust(64, b"\0")[:64] + struct.pack(
            "<HBBIII", min(len(raw), 64), kind, 1, _FREE, right.get(i, _FREE), child
        )
        out += bytes(36) + struct.pack("<IQ", at, size)
    return out + (bytes(66) + struct.pack("<BBIII", 0, 0, _FREE, _FREE, _FREE) + bytes(48)) * (-len(entries) % 4)


def squeezed(text: bytes) -> bytes:
    """A compressed container of literals alone: longer than the text, and as good."""
    out = b"\x01"
    for at in range(0, len(text), 3600):
        piece = text[at : at + 3600]
        body = b"".join(b"\0" + piece[i : i + 8] for i in range(0, len(piece), 8))
        out += struct.pack("<H", (len(body) - 1) | 0xB000) + body
    return out


def project(modules: Mapping[str, str], *, compiled: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The streams of a VBA project; `compiled`: p-code before a module's source, which is then left out where it is empty."""
    records = _record(0x03, struct.pack("<H", 1252)) + struct.pack("<HIIH", 0x09, 4, 1, 1)
    streams: dict[str, bytes] = {}
    for name, source in modules.items():
        before = (compiled or {}).get(name, b"")
        records += _record(0x19, name.encode()) + _record(0x1A, name.encode()) + _record(0x31, struct.pack("<I", len(before))) + _record(0x2B, b"")  # fmt: skip
        streams[f"VBA/{name}"] = before + squeezed(source.encode("cp1252", "replace"))
    streams["VBA/dir"] = squeezed(records)
    streams["VBA/_VBA_PROJECT"] = b"\xcc\x61" + bytes(30)
    return streams


def _record(id_: int, data: bytes) -> bytes:
    return struct.pack("<HI", id_, len(data)) + data


def package(name: str, content: bytes) -> bytes:
    """A file as the stream `Ole10Native` holds it."""
    body = b"\x02\0" + name.encode() + b"\0C:\\" + name.encode() + b"\0\0\0\x03\0"
    path = name.encode() + b"\0"
    body += struct.pack("<I", len(path)) + path + struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(body)) + body


__all__ = ["compound", "package", "project", "squeezed"]
