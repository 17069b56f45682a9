"""SocketCAN in captures, as tcpdump and Wireshark write it: pcap and pcapng whose link is CAN, or "any" (Linux cooked) with CAN in it.

Sources: LINKTYPE_CAN_SOCKETCAN, LINKTYPE_LINUX_SLL and SLL2 of the tcpdump group.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats import pcap
from assay.formats.packed import opened
from assay.kinds.vehicles.frames import ERROR, EXTENDED, FD, FRAME, LATEST, PARTS, REMOTE, parted

_CAN, _COOKED, _COOKED2 = 227, 113, 276
_PROTOCOLS = (0x000C, 0x000D)  # CAN and CAN FD, as Linux numbers them
_HEAD = struct.Struct(">IBB2x")
_EFF, _RTR, _ERR, _FDF = 0x80000000, 0x40000000, 0x20000000, 0x04
_LONGEST = 8 * PARTS
_BLOCK = 1 << 16  # frames


def speaks_can(head: bytes) -> bool:
    """Is the first frame of a capture that begins so one of CAN?"""
    try:
        return _inside(next(pcap.frames(io.BytesIO(head)))) is not None
    except (UnreadableInput, StopIteration):
        return False


def read_capture(path: Path, reject: Callable[[RowError], None]) -> Iterator[np.ndarray]:
    """FRAME blocks in the capture's order; packets of anything else are passed over."""
    count, held = 0, _Held()
    with opened(path) as file:
        try:
            for frame in pcap.frames(file):
                count += 1
                found = _inside(frame)
                if found is None:
                    continue
                if not held.add(frame.time, *found):
                    reject(RowError(count, "no CAN frame", frame.data[:100].hex()))
                if held.n == _BLOCK:
                    yield held.taken()
        except (UnreadableInput, OSError, EOFError, zlib.error) as error:
            reject(RowError(count + 1, f"the capture is damaged from here on: {error}"))
    if held.n:
        yield held.taken()


def _inside(frame: pcap.Frame) -> tuple[int, bytes] | None:
    """(interface, CAN frame) of a captured one; None where it is none."""
    data = frame.data
    if frame.link == _CAN:
        return frame.interface, data
    if frame.link == _COOKED and len(data) >= 16 and (data[14] << 8 | data[15]) in _PROTOCOLS:
        return frame.interface, data[16:]
    if frame.link == _COOKED2 and len(data) >= 20 and (data[0] << 8 | data[1]) in _PROTOCOLS:
        return int.from_bytes(data[4:8], "big"), data[20:]
    return None


class _Held:
    """Frames of one block as they come."""

    def __init__(self) -> None:
        self.n = 0
        self.frames = np.zeros(_BLOCK, FRAME)
        self.payloads = bytearray(_BLOCK * _LONGEST)

    def add(self, time: int, interface: int, data: bytes) -> bool:
        """Was it a frame?"""
        if len(data) < _HEAD.size or not 0 <= time <= LATEST:
            return False
        id_, length, flags = _HEAD.unpack_from(data)
        octets = data[_HEAD.size : _HEAD.size + length]
        wide = bool(id_ & _EFF)
        plain = id_ & (0x1FFFFFFF if wide else 0x7FF)
        flag = (REMOTE if id_ & _RTR else 0) | (ERROR if id_ & _ERR else 0)
        if length > _LONGEST or (len(octets) < length and not flag):
            return False
        flag |= FD if length > 8 or flags & _FDF else 0
        self.frames[self.n] = (time, plain | (EXTENDED if wide else 0), length, flag, interface & 0xFFFF, 0)
        start = self.n * _LONGEST
        self.payloads[start : start + _LONGEST] = (b"" if flag & (REMOTE | ERROR) else octets).ljust(_LONGEST, b"\0")
        self.n += 1
        return True

    def taken(self) -> np.ndarray:
        """FRAME[m] of what is held, which is none from now on."""
        words = np.frombuffer(bytes(self.payloads), "<u8").reshape(_BLOCK, PARTS)[: self.n]
        frames = self.frames[: self.n].copy()
        frames["data"] = words[:, 0]
        self.n = 0
        return parted(frames, words[:, 1:])


__all__ = ["read_capture", "speaks_can"]
