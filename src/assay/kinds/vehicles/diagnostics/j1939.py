"""SAE J1939: what a 29-bit id says, and messages of up to 1,785 bytes put together from their packets (BAM and RTS/CTS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.frames import ERROR, EXTENDED, PART, REMOTE

CONTROL, DATA = 0xEC00, 0xEB00  # parameter groups of the transport protocol
_RTS, _BAM, _ABORT = 16, 32, 255
MOST_OPEN = 1024
_TOO_LATE = 1_250_000  # T1 to T4 of SAE J1939-21 are no longer, in microseconds


class Address(NamedTuple):
    """What an id says: `group` the parameter group number, `destination` 255 for everybody."""

    priority: int
    group: int
    source: int
    destination: int


class Sent(NamedTuple):
    time: int
    address: Address
    payload: bytes


def address(id_: int) -> Address:
    """Of an id of 29 bits."""
    octets, group = id_ >> 16 & 0xFF, id_ >> 8 & 0x3FFFF
    peer = octets < 240  # such a group has a destination in place of its lowest byte
    return Address(id_ >> 26 & 7, group & 0x3FF00 if peer else group, id_ & 0xFF, group & 0xFF if peer else 255)


def groups(ids: np.ndarray) -> np.ndarray:
    """int64[n]: parameter groups of uint32[n], -1 for those of 11 bits."""
    group = (ids >> np.uint32(8)).astype(np.int64) & 0x3FFFF
    group = np.where((group >> 8 & 0xFF) < 240, group & 0x3FF00, group)
    return np.asarray(np.where((ids & np.uint32(EXTENDED)) != 0, group, -1))


class _Open(NamedTuple):
    time: int
    group: int
    size: int
    packets: int
    parts: dict[int, bytes]


def transported(frames: np.ndarray) -> Iterator[Sent]:
    """Whole messages of several packets of FRAME[n], in the order in which they end. A packet may come twice, or out of turn."""
    kind = groups(frames["id"])
    whole = (frames["flags"] & (ERROR | REMOTE) == 0) & (frames["flags"] >> PART == 0)
    rows = np.flatnonzero(((kind == CONTROL) | (kind == DATA)) & whole)
    open_: dict[tuple[int, int], _Open] = {}
    for row in rows.tolist():
        frame = frames[row]
        if int(frame["length"]) < 8:
            continue
        time, who = int(frame["time"]), address(int(frame["id"]))
        octets, pair = int(frame["data"]).to_bytes(8, "little"), (who.source, who.destination)
        if who.group == CONTROL:
            if octets[0] in (_RTS, _BAM):
                size, packets = octets[1] | octets[2] << 8, octets[3]
                if 9 <= size <= 1785 and packets == -(-size // 7):
                    if len(open_) >= MOST_OPEN and pair not in open_:
                        del open_[min(open_, key=lambda p: open_[p].time)]
                    group = int.from_bytes(octets[5:8], "little") & 0x3FFFF
                    open_[pair] = _Open(time, group, size, packets, {})
            elif octets[0] == _ABORT:
                open_.pop(pair, None)
                open_.pop(pair[::-1], None)
            continue
        begun = open_.get(pair)
        if begun is None:
            continue
        if not 0 <= time - begun.time <= _TOO_LATE or not 1 <= octets[0] <= begun.packets:
            del open_[pair]
            continue
        begun.parts[octets[0]] = octets[1:]
        if len(begun.parts) == begun.packets:
            del open_[pair]
            payload = b"".join(begun.parts[n] for n in range(1, begun.packets + 1))[: begun.size]
            yield Sent(time, Address(who.priority, begun.group, who.source, who.destination), payload)
        else:
            open_[pair] = begun._replace(time=time)


def road_speed(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(microseconds int64[k], km/h float64[k]): wheel-based speed (SPN 84 in CCVS, group 65265), without what is no value."""
    whole = (frames["length"] >= 3) & (frames["flags"] >> PART == 0)
    rows = np.flatnonzero((groups(frames["id"]) == 65265) & whole)
    raw = (frames["data"][rows] >> np.uint64(8) & np.uint64(0xFFFF)).astype(np.int64)
    good = raw <= 0xFAFF
    return frames["time"][rows][good], raw[good] / 256.0


__all__ = ["Address", "Sent", "address", "groups", "road_speed", "transported"]
