"""`FRAME`: one CAN frame in 24 bytes, and arrays of them as the bytes that a `CanTrace` carries.

Of a CAN FD frame the first eight bytes are kept, with its true length; bytes that a frame does not have are zero.
"""

from __future__ import annotations

import numpy as np

EXTENDED = 1 << 31  # set in `id` where it is one of 29 bits
REMOTE, FD, ERROR = 1, 2, 4
FRAME = np.dtype([("time", "<i8"), ("id", "<u4"), ("length", "u1"), ("flags", "u1"), ("bus", "<u2"), ("data", "<u8")])
"""`time` microseconds; `data` the payload's bytes, the first in the lowest eight bits."""

LATEST = 253_402_300_799_000_000  # the last microsecond that a date can say, nearly


def frames_of(content: bytes) -> np.ndarray:
    """FRAME[n] of packed bytes; `ValueError` where they are not whole frames or no times."""
    frames = np.frombuffer(content, FRAME)
    if len(frames) and not (int(frames["time"].min()) >= 0 and int(frames["time"].max()) <= LATEST):
        raise ValueError("a frame's time is out of range")
    return frames


def id_text(id_: int) -> str:
    """An id as people write it: three hexadecimal digits, or eight for 29 bits."""
    return f"{id_ & ~EXTENDED:08X}" if id_ & EXTENDED else f"{id_:03X}"


__all__ = ["ERROR", "EXTENDED", "FD", "FRAME", "LATEST", "REMOTE", "frames_of", "id_text"]
