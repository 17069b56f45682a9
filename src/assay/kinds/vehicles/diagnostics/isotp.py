"""ISO-TP (ISO 15765-2): messages of up to 4,095 bytes put together again from frames of eight, or of up to 64 of CAN FD.

Of a trace the frames with the usual diagnostic ids are taken: 11 bits from 700 on, 29 bits with the parameter groups DA and DB.
Unfinished messages are forgotten after a second, and at most `MOST_OPEN` are open at once, so that nobody can fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.frames import ERROR, EXTENDED, PART, REMOTE, payload_of

MOST_OPEN = 256
MOST_FRAMES = 300_000  # diagnostic frames of one trace that are looked at
_TOO_LATE = 1_000_000  # microseconds between two frames of one message
_LONGEST = 4095
_PHYSICAL = 8  # an 11-bit answer's id is the request's plus 8


class Said(NamedTuple):
    """One message: microseconds of its last frame, the id that sent it, its bytes, where its last frame stands, and the id by which
    it is answered (0: whoever was asked)."""

    time: int
    id: int
    payload: bytes
    row: int
    peer: int


class _Open(NamedTuple):
    time: int
    size: int
    next: int
    payload: bytearray


def diagnostic(frames: np.ndarray) -> np.ndarray:
    """int64[k]: where the frames of FRAME[n] with diagnostic ids begin, the first `MOST_FRAMES`."""
    id_ = frames["id"]
    short = (id_ >= 0x700) & (id_ < 0x800)
    group = (id_ >> np.uint32(16)) & np.uint32(0x1FFF)
    wide = ((id_ & np.uint32(EXTENDED)) != 0) & ((group == 0x18DA) | (group == 0x18DB))
    whole = (frames["flags"] & (ERROR | REMOTE) == 0) & (frames["flags"] >> PART == 0)
    return np.flatnonzero((short | wide) & whole)[:MOST_FRAMES]


def messages(frames: np.ndarray) -> Iterator[Said]:
    """Whole messages of FRAME[n] in the order in which they end."""
    rows = diagnostic(frames)
    open_: dict[int, _Open] = {}
    for row in rows.tolist():
        frame = frames[row]
        time, id_ = int(frame["time"]), int(frame["id"])
        octets = payload_of(frames, row)
        if not octets:
            continue
        kind, low = octets[0] >> 4, octets[0] & 15
        if kind == low == 0 and len(octets) > 8:  # of more than seven bytes the next one says how many
            octets = octets[1:]
            low = octets[0]
        if kind == 0 and 0 < low < len(octets) and len(set(octets[1 + low :])) < 2:  # the rest is padding of one sort
            open_.pop(id_, None)
            yield Said(time, id_, octets[1 : 1 + low], row, peer(id_))
        elif kind == 1 and len(octets) >= 8:
            size = low << 8 | octets[1]
            if 8 <= size <= _LONGEST:
                if len(open_) >= MOST_OPEN and id_ not in open_:
                    del open_[min(open_, key=lambda i: open_[i].time)]
                open_[id_] = _Open(time, size, 1, bytearray(octets[2:]))
        elif kind == 2 and (begun := open_.get(id_)) is not None:
            if low != begun.next or not 0 <= time - begun.time <= _TOO_LATE:
                del open_[id_]
                continue
            begun.payload.extend(octets[1:])
            if len(begun.payload) >= begun.size:
                del open_[id_]
                yield Said(time, id_, bytes(begun.payload[: begun.size]), row, peer(id_))
            else:
                open_[id_] = begun._replace(time=time, next=(low + 1) & 15)


def peer(id_: int) -> int:
    """The id of whoever answers a request of this id; 0 where everybody was asked."""
    if id_ < 0x800:
        return 0 if id_ == 0x7DF else id_ + _PHYSICAL
    if (id_ >> 16) & 0xFF == 0xDB:
        return 0
    return (id_ & ~0xFFFF) | (id_ & 0xFF) << 8 | (id_ >> 8 & 0xFF)


__all__ = ["MOST_OPEN", "Said", "diagnostic", "messages", "peer"]
