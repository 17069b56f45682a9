"""Files of an NTFS volume, by its master file table: names, folders, and the plain stream of each, resident or in runs. Compressed and
encrypted streams are said to be unread. After the Linux-NTFS project's documentation of the format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.formats.archive import LISTED, Member
from assay.formats.unpack import Budget, Damaged

if TYPE_CHECKING:
    from assay.formats.disk import Disk

_ROOT, _OWN = 5, 16  # records below are the volume's own
_NAME, _DATA, _END = 0x30, 0x80, 0xFFFFFFFF
_USED, _FOLDER = 1, 2
_PACKED, _LOCKED = 0x00FF, 0x4000  # of an attribute's flags
_DOS = 2  # a name that only repeats another one, shortened
_DEPTH, _RUNS, _TABLE = 64, 4096, 128 << 20


@dataclass
class _Record:
    parent: int = 0
    name: str = ""
    folder: bool = False
    size: int = 0
    inner: bytes | None = None
    runs: list[tuple[int, int]] = field(default_factory=list)  # (cluster, or -1 where it is all zero; how many)
    problem: str = ""


def files(disk: Disk, at: int, budget: Budget) -> Iterator[Member]:
    """Files and folders with their contents. Raises `Damaged`, `Exhausted`."""
    boot = disk.read(at, 512)
    sector, per = struct.unpack_from("<HB", boot, 11)
    first, told = struct.unpack_from("<Q", boot, 48)[0], struct.unpack_from("<b", boot, 64)[0]
    cluster = sector * (per if per < 0x80 else 1 << 256 - per)
    size = 1 << -told if told < 0 else told * cluster
    if sector not in (512, 1024, 2048, 4096) or not 512 <= cluster <= 1 << 21 or size not in (512, 1024, 2048, 4096):
        raise Damaged("its beginning does not hold")
    table = _record(disk.read(at + first * cluster, size))
    if table is None:
        raise Damaged("its table of files is not there")
    listed = _content(disk, at, cluster, table.runs, min(table.size, _TABLE))
    records: dict[int, _Record] = {}
    for number in range(min(len(listed) // size, LISTED)):
        record = _record(listed[number * size : (number + 1) * size])
        if record is not None and (number >= _OWN or number == _ROOT):
            records[number] = record
    for number, record in records.items():
        path = _path(records, number) if number != _ROOT else ""
        if not path or path.startswith("$"):  # the volume's own
            continue
        if record.folder:
            yield Member(path, kind="folder")
        elif record.problem or record.size > budget.member:
            yield Member(path, record.size, problem=record.problem or "not unpacked")
        else:
            inner = _content(disk, at, cluster, record.runs, record.size) if record.inner is None else record.inner
            budget.spend(len(inner), 1.0)
            whole = len(inner) == record.size
            yield Member(
                path,
                record.size,
                content=inner if whole else None,
                problem="" if whole else "damaged: it ends too early",
            )


def _path(records: dict[int, _Record], number: int) -> str:
    steps: list[str] = []
    while number != _ROOT and len(steps) < _DEPTH:
        record = records.get(number)
        if record is None or not record.name:
            return "/".join(reversed(steps)) if steps else ""
        steps.append(record.name)
        number = record.parent
    return "/".join(reversed(steps))


def _record(raw: bytes) -> _Record | None:
    """One record of the table; None where none is in use."""
    if raw[:4] != b"FILE" or len(raw) < 48 or not struct.unpack_from("<H", raw, 22)[0] & _USED:
        return None
    data = bytearray(raw)
    place, count = struct.unpack_from("<HH", raw, 4)
    for i in range(
        1, min(count, len(raw) // 512 + 1)
    ):  # the last word of each sector stands in front, a check in its place
        if place + 2 * i + 2 <= len(raw):
            data[512 * i - 2 : 512 * i] = raw[place + 2 * i : place + 2 * i + 2]
    found = _Record(folder=bool(struct.unpack_from("<H", raw, 22)[0] & _FOLDER))
    at = struct.unpack_from("<H", raw, 20)[0]
    while at + 24 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == _END or length < 24 or at + length > len(data):
            break
        _attribute(bytes(data[at : at + length]), kind, found)
        at += length
    return found


def _attribute(data: bytes, kind: int, found: _Record) -> None:
    apart, named, flags = data[8], data[9], struct.unpack_from("<H", data, 12)[0]
    if kind == _NAME and not apart:
        at = struct.unpack_from("<H", data, 20)[0]
        if at + 66 <= len(data) and (data[at + 65] != _DOS or not found.name):
            found.parent = int.from_bytes(data[at : at + 6], "little")
            found.name = data[at + 66 : at + 66 + 2 * data[at + 64]].decode("utf-16-le", "replace")
    elif kind == _DATA and not named:
        if flags & (_PACKED | _LOCKED):
            found.problem = "packed or locked by NTFS, which is not read here"
        elif not apart:
            size, at = struct.unpack_from("<IH", data, 16)
            found.inner, found.size = data[at : at + size], size
        elif len(data) >= 64:
            begins, found.size = struct.unpack_from("<H", data, 32)[0], struct.unpack_from("<Q", data, 48)[0]
            found.runs = _runs(data[begins:])


def _runs(raw: bytes) -> list[tuple[int, int]]:
    """Each run is told by how many bytes its length and its distance from the one before take."""
    out: list[tuple[int, int]] = []
    at = place = 0
    while at < len(raw) and raw[at] and len(out) < _RUNS:
        lengths, places = raw[at] & 15, raw[at] >> 4
        count = int.from_bytes(raw[at + 1 : at + 1 + lengths], "little")
        moved = int.from_bytes(raw[at + 1 + lengths : at + 1 + lengths + places], "little", signed=True)
        place += moved
        out.append((place if places else -1, count))
        at += 1 + lengths + places
    return out


def _content(disk: Disk, at: int, cluster: int, runs: list[tuple[int, int]], size: int) -> bytes:
    out = bytearray()
    for place, count in runs:
        wanted = min(count * cluster, size - len(out))
        if wanted <= 0:
            break
        piece = bytes(wanted) if place < 0 else disk.read(at + place * cluster, wanted)
        out += piece
        if len(piece) < wanted:
            break
    return bytes(out)


__all__ = ["files"]
