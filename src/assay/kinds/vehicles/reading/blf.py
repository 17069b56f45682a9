"""Vector BLF to frames: a head, then objects (`LOBJ`), most of them inside deflated containers over whose ends they run on.

Read are CAN, CAN FD and error frames; everything else is passed over by its size. A container that does not unpack and
bytes that are no object are told and skipped. Layouts as python-can's reader has them, which reads what Vector writes.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numba import njit

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.kinds.vehicles.frames import EXTENDED, FRAME, LATEST, PARTS, parted

MOST_OBJECT = 1 << 24  # bytes of one object, packed or not
_HEAD = struct.Struct("<4sL")
_OBJECT = struct.Struct("<4sHHLL")
_CONTAINER = 10
_LOOSE = 1 << 20  # bytes of objects outside containers that are read together
_LEAST = 32  # bytes of an object with the shortest head
Reject = Callable[[RowError], None]


def read_blf(path: Path, reject: Reject) -> Iterator[np.ndarray]:
    """FRAME blocks in the file's order; raises `UnreadableInput` where it is no BLF."""
    with path.open("rb") as file:
        head = file.read(144)
        if len(head) < 72 or head[:4] != b"LOGG":
            raise UnreadableInput("no BLF log", where=str(path))
        file.seek(max(72, min(_HEAD.unpack_from(head)[1], 1 << 16)))
        started = _started(head)
        rest = b""
        for block in _blocks(file, reject):
            whole = rest + block if rest else block
            raw = np.frombuffer(whole, np.uint8)
            frames = np.zeros(len(raw) // _LEAST + 1, FRAME)
            rest_of = np.zeros((len(frames), PARTS - 1), np.uint64)
            n, end, lost = _objects(
                raw, started, LATEST, MOST_OBJECT, frames["time"], frames["id"], frames["length"], frames["flags"],
                frames["bus"], frames["data"], rest_of,
            )  # fmt: skip
            if lost:
                reject(RowError(1, f"{lost} bytes between objects are none"))
            rest = whole[end:]
            if n:
                yield parted(frames[:n], rest_of[:n])
        if len(rest) >= 4:
            reject(RowError(1, "the log ends within an object"))


def _started(head: bytes) -> int:
    """Microseconds since 1970 of the head's SYSTEMTIME, 0 where it says none."""
    year, month, _, day, hour, minute, second, milli = struct.unpack_from("<8H", head, 40)
    try:
        return round(datetime(year, month, day, hour, minute, second, milli * 1000, UTC).timestamp() * 1e6)
    except ValueError:
        return 0


def _blocks(file: BinaryIO, reject: Reject) -> Iterator[bytes]:
    """What the containers hold, one after another, and objects that stand outside any."""
    number, loose = 0, bytearray()
    while len(head := file.read(_OBJECT.size)) == _OBJECT.size:
        number += 1
        mark, _, _, size, kind = _OBJECT.unpack(head)
        if mark != b"LOBJ" or not _OBJECT.size <= size <= MOST_OBJECT:
            reject(RowError(number, "the log is damaged from here on"))
            break
        body = file.read(size - _OBJECT.size)
        file.read(size % 4)
        if len(body) < size - _OBJECT.size:
            reject(RowError(number, "the log ends within an object"))
        if kind != _CONTAINER:
            loose += head + body + bytes(size % 4)
        if loose and (kind == _CONTAINER or len(loose) > _LOOSE):
            yield bytes(loose)
            loose.clear()
        if kind == _CONTAINER and len(body) >= 16:
            method = body[0] | body[1] << 8
            if method == 0:
                yield body[16:]
            elif method == 2:
                try:
                    yield zlib.decompressobj().decompress(body[16:], MOST_OBJECT)
                except zlib.error as error:
                    reject(RowError(number, f"a container that does not unpack: {error}"))
            else:
                reject(RowError(number, f"a container packed in an unknown way ({method})"))
    if loose:
        yield bytes(loose)


@njit(cache=True, nogil=True, inline="always")
def _u16(raw, i):
    return np.int64(raw[i]) | np.int64(raw[i + 1]) << 8


@njit(cache=True, nogil=True, inline="always")
def _u32(raw, i):
    return _u16(raw, i) | _u16(raw, i + 2) << 16


@njit(cache=True, nogil=True)
def _objects(raw, started, latest, most, time, ids, length, flags, bus, data, rest):
    """(frames, where the first object that is not whole begins, bytes that were no object)."""
    n, at, lost, size = 0, 0, 0, len(raw)
    while True:
        found = at  # objects may be padded
        while found + 4 <= size and not (
            raw[found] == 76 and raw[found + 1] == 79 and raw[found + 2] == 66 and raw[found + 3] == 74
        ):
            found += 1
        if found - at >= 8:
            lost += found - at
        if found + 4 > size:
            return n, max(found, at) if found - at >= 8 else at, lost
        at = found
        if at + 32 > size:
            return n, at, lost
        head, version, whole, kind = _u16(raw, at + 4), _u16(raw, at + 6), _u32(raw, at + 8), _u32(raw, at + 12)
        if whole < 32 or whole > most or (version != 1 and version != 2):
            at += 4
            lost += 4
            continue
        if at + whole > size:
            return n, at, lost
        body = at + (max(head, 32 if version == 1 else 40) if head <= 64 else (32 if version == 1 else 40))
        room = at + whole - body
        ticks = np.uint64(_u32(raw, at + 24)) | np.uint64(_u32(raw, at + 28)) << np.uint64(32)
        micros = ticks * np.uint64(10) if _u32(raw, at + 16) == 1 else ticks // np.uint64(1000)
        at += whole
        told, first, extended, flag, channel, id_ = 0, 0, False, 0, 0, 0
        if (kind == 1 or kind == 86) and room >= 16:
            channel, told, id_ = _u16(raw, body), np.int64(raw[body + 3]), _u32(raw, body + 4)
            flag = 1 if raw[body + 2] & 0x80 else 0
            told, first = min(told, 8), body + 8
        elif kind == 100 and room >= 20:
            channel, id_ = _u16(raw, body), _u32(raw, body + 4)
            flag = (1 if raw[body + 2] & 0x80 else 0) | (2 if raw[body + 13] & 1 else 0)
            told, first = min(np.int64(raw[body + 14]), 64), body + 20
        elif kind == 101 and room >= 40:
            channel, told, id_ = np.int64(raw[body]), min(np.int64(raw[body + 2]), 64), _u32(raw, body + 4)
            said = _u32(raw, body + 12)
            flag = (1 if said & 0x10 else 0) | (2 if said & 0x1000 else 0)
            first = body + 40
        elif kind == 2 or kind == 73 or kind == 104:
            flag = 4
            channel = _u16(raw, body) if kind != 104 and room >= 2 else 0
        else:
            continue
        if micros > np.uint64(latest) or started + np.int64(micros) > latest:
            continue
        extended = id_ & 0x80000000 != 0 or id_ & 0x1FFFFFFF > 0x7FF
        value = np.uint64(0)
        if not flag & 5:
            if first + told > body + room:
                continue
            for b in range(told):
                octet = np.uint64(raw[first + b]) << np.uint64(8 * (b & 7))
                if b < 8:
                    value |= octet
                else:
                    rest[n, (b >> 3) - 1] |= octet
        time[n], length[n], flags[n], bus[n], data[n] = started + np.int64(micros), told, flag, channel & 0xFFFF, value
        ids[n] = (id_ & 0x1FFFFFFF) | (EXTENDED if extended else 0)
        n += 1


__all__ = ["read_blf"]
