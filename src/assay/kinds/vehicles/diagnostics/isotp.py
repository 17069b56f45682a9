"""ISO-TP (ISO 15765-2): messages of up to 4,095 bytes put together again from frames of eight.

Of a trace the frames with the usual diagnostic ids are taken: 11 bits from 700 on, 29 bits with the parameter groups DA and DB.
Unfinished messages are forgotten after a second, and at most `MOST_OPEN` are open at once, so that nobody can fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.frames import ERROR, EXTENDED, REMOTE

MOST_OPEN = 256
MOST_FRAMES = 300_000  # diagnostic frames of one trace that are looked at
_TOO_LATE = 1_000_000  # microseconds between two frames of one message
_LONGEST = 4095


class Said(NamedTuple):
    """One message: microseconds of its last frame, the id that sent it, its bytes, and where its last frame stands."""

    time: int
    id: int
    payload: bytes
    row: int


class _Open(NamedTuple):
    time: int
    size: int
    next: int
    payload: bytearray


def diagnostic(frames: np.ndarray) -> np.ndarray:
    """int64[k]: where the frames of FRAME[n] with diagnostic ids stand, the first `MOST_FRAMES`."""
    id_ = frames["id"]
    short = (id_ >= 0x700) & (id_ < 0x800)
    group = (id_ >> np.uint32(16)) & np.uint32(0x1FFF)
    wide = ((id_ & np.uint32(EXTENDED)) != 0) & ((group == 0x18DA) | (group == 0x18DB))
    return np.flatnonzero((short | wide) & (frames["flags"] & (ERROR | REMOTE) == 0))[:MOST_FRAMES]


def messages(frames: np.ndarray) -> Iterator[Said]:
    """Whole messages of FRAME[n] in the order in which they end."""
    rows = diagnostic(frames)
    open_: dict[int, _Open] = {}
    for row in rows.tolist():
        frame = frames[row]
        time, id_, length = int(frame["time"]), int(frame["id"]), min(int(frame["length"]), 8)
        octets = int(frame["data"]).to_bytes(8, "little")[:length]
        if not octets:
            continue
        kind, low = octets[0] >> 4, octets[0] & 15
        if kind == 0 and 0 < low < len(octets) and len(set(octets[1 + low :])) < 2:  # the rest is padding of one sort
            open_.pop(id_, None)
            yield Said(time, id_, octets[1 : 1 + low], row)
        elif kind == 1 and len(octets) == 8:
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
                yield Said(time, id_, bytes(begun.payload[: begun.size]), row)
            else:
                open_[id_] = begun._replace(time=time, next=(low + 1) & 15)


__all__ = ["MOST_OPEN", "Said", "diagnostic", "messages"]
