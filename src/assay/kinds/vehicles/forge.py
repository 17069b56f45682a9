"""Masquerades made on a clean log: frames keep their ids and times, and what they say, or that they are said, changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

KINDS = ("suppression", "plateau", "playback", "continuous", "random")
SECONDS = 5


class Forged(NamedTuple):
    """`frames` FRAME[n]; `id` the one forged; `start` and `end` microseconds."""

    kind: str
    frames: np.ndarray
    id: int
    start: int
    end: int


def forge(frames: np.ndarray, kind: str, id_: int, start: int, rng: np.random.Generator) -> Forged:
    """`kind` one of `KINDS`; FRAME[n] is not changed."""
    end = start + SECONDS * 1_000_000
    mine = (frames["id"] == id_) & (frames["time"] >= start) & (frames["time"] < end)
    if kind == "suppression":
        return Forged(kind, frames[~mine], id_, start, end)
    told = frames.copy()
    rows = np.flatnonzero(mine)
    own = frames["data"][rows]
    if kind == "plateau":
        told["data"][rows] = own[:1]
    elif kind == "playback":  # what it said just before
        earlier = frames["data"][(frames["id"] == id_) & (frames["time"] < start)][-len(rows) :]
        told["data"][rows[: len(earlier)]] = earlier
    elif kind == "random":
        told["data"][rows] = rng.integers(0, 1 << 64, len(rows), dtype=np.uint64)
    else:  # the byte that moves most, led away from the truth step by step
        octets = np.ascontiguousarray(own).view(np.uint8).reshape(-1, 8).copy()
        byte = int(np.argmax((np.diff(octets.astype(np.int16), axis=0) != 0).sum(axis=0))) if len(rows) > 1 else 0
        octets[:, byte] += np.linspace(0, 64, len(rows)).astype(np.uint8)
        told["data"][rows] = octets.view(np.uint64).reshape(-1)
    return Forged(kind, told, id_, start, end)


def trials(frames: np.ndarray, ids: list[int], starts: int, seed: int) -> Iterator[Forged]:
    """Each kind on each id at `starts` moments, each within ten seconds of true traffic before and five after."""
    rng = np.random.default_rng(seed)
    time = frames["time"]
    first, last = int(time[0]) + 10_000_000, int(time[-1]) - 10_000_000
    for kind in KINDS:
        for id_ in ids:
            for start in rng.integers(first, max(first + 1, last), starts).tolist():
                part = frames[(time >= start - 10_000_000) & (time < start + 10_000_000)]
                yield forge(part, kind, id_, start, rng)


__all__ = ["KINDS", "SECONDS", "Forged", "forge", "trials"]
