"""`FRAME`: one CAN frame in 24 bytes, and arrays of them as the bytes that a `CanTrace` carries.

A CAN FD frame of more than eight bytes has a row for every eight of them, its head first and the others right behind it, told
apart by their number in `flags`. Bytes that a frame does not have are zero.
"""

from __future__ import annotations

import numpy as np

EXTENDED = 1 << 31  # set in `id` where it is one of 29 bits
REMOTE, FD, ERROR = 1, 2, 4
PART = 3  # `flags` >> 3 is which eight bytes of its frame a row holds, 0 the first
PARTS = 8
FRAME = np.dtype([("time", "<i8"), ("id", "<u4"), ("length", "u1"), ("flags", "u1"), ("bus", "<u2"), ("data", "<u8")])
"""`time` microseconds; `length` bytes of the whole frame, or of a later row those it holds; `data` them, the first in the lowest
eight bits."""

LATEST = 253_402_300_799_000_000  # the last microsecond that a date can say, nearly
_SHORT = 11  # bits of an id that is not extended


def frames_of(content: bytes) -> np.ndarray:
    """FRAME[n] of packed bytes; `ValueError` where they are not whole frames or no times."""
    frames = np.frombuffer(content, FRAME)
    if len(frames) and not (int(frames["time"].min()) >= 0 and int(frames["time"].max()) <= LATEST):
        raise ValueError("a frame's time is out of range")
    return frames


def parted(frames: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """FRAME[m] of FRAME[n], one row a frame, and uint64[n, 7], what stands behind the first eight bytes of each."""
    long = (frames["length"] > 8) & (frames["flags"] & (REMOTE | ERROR) == 0)
    if not long.any():
        return frames
    rows = np.where(long, -(-frames["length"].astype(np.int64) // 8), 1)
    whose = np.repeat(np.arange(len(frames)), rows)
    part = np.arange(len(whose)) - np.repeat(np.cumsum(rows) - rows, rows)
    out = frames[whose]
    more = np.flatnonzero(part)
    out["data"][more] = rest[whose[more], part[more] - 1]
    out["length"][more] = np.minimum(out["length"][more] - 8 * part[more], 8)
    out["flags"][more] |= (part[more] << PART).astype(np.uint8)
    return out


def has_parts(frames: np.ndarray) -> bool:
    return bool(len(frames)) and int(frames["flags"].max()) >> PART > 0


def heads(frames: np.ndarray) -> np.ndarray:
    """FRAME[k]: the first row of each frame."""
    return frames[frames["flags"] >> PART == 0] if has_parts(frames) else frames


def payload_of(frames: np.ndarray, row: int) -> bytes:
    """All bytes of the frame whose head stands at `row`."""
    octets = int(frames["data"][row]).to_bytes(8, "little")
    for part in range(1, PARTS):
        at = row + part
        if at >= len(frames) or frames["flags"][at] >> PART != part or frames["id"][at] != frames["id"][row]:
            break
        octets += int(frames["data"][at]).to_bytes(8, "little")
    return octets[: int(frames["length"][row])]


def payloads_of(frames: np.ndarray) -> np.ndarray:
    """uint64[n, parts] of FRAME[m] with n heads: eight bytes a column, as many columns as the longest frame has."""
    if not has_parts(frames):
        return frames["data"][:, None]
    part = (frames["flags"] >> PART).astype(np.int64)
    whose = np.maximum(np.cumsum(part == 0) - 1, 0)
    out = np.zeros((max(int((part == 0).sum()), 1), PARTS), np.uint64)
    known = part < PARTS
    out[whose[known], part[known]] = frames["data"][known]
    return out[: int((part == 0).sum()), : int(part[known].max()) + 1]


def keyed(frames: np.ndarray) -> np.ndarray:
    """FRAME[n] in which later rows have an id of their own, so that each eight bytes of an id are judged by themselves."""
    if not has_parts(frames):
        return frames
    part = (frames["flags"] >> PART).astype(np.uint32)
    wide = frames["id"] >> np.uint32(31) == 1
    # Three bits of a part and 29 of an id fill the 32 there are: an extended id keeps bit 31 in its head.
    long = (frames["id"] & np.uint32(0x1FFFFFFF)) | (part ^ np.uint32(4)) << np.uint32(29)
    out = frames.copy()
    out["id"] = np.where(wide, long, frames["id"] | part << np.uint32(_SHORT))
    out["flags"][(part >= PARTS) | wide & (out["id"] < PARTS << _SHORT)] |= (
        ERROR  # the few that would look like a short id's
    )
    return out


def id_of(key: np.ndarray) -> np.ndarray:
    """uint32[n]: the ids of uint32[n] keys."""
    short = key < PARTS << _SHORT
    return np.asarray(np.where(short, key & 0x7FF, (key & 0x1FFFFFFF) | EXTENDED), np.uint32)


def part_of(key: np.ndarray) -> np.ndarray:
    """int64[n]: which eight bytes the keys stand for."""
    short = key < PARTS << _SHORT
    return np.asarray(np.where(short, key >> np.uint32(_SHORT), (key >> np.uint32(29)) ^ np.uint32(4)), np.int64)


def id_text(id_: int) -> str:
    """An id as people write it: three hexadecimal digits, or eight for 29 bits."""
    return f"{id_ & ~EXTENDED:08X}" if id_ & EXTENDED else f"{id_:03X}"


__all__ = [
    "ERROR",
    "EXTENDED",
    "FD",
    "FRAME",
    "LATEST",
    "PART",
    "PARTS",
    "REMOTE",
    "frames_of",
    "has_parts",
    "heads",
    "id_of",
    "id_text",
    "keyed",
    "part_of",
    "parted",
    "payload_of",
    "payloads_of",
]  # fmt: skip
