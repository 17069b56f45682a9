"""Masquerades made on a clean log: frames keep their ids and times, and what they say, or that they are said, changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.agree import FIELDS, field, smooth, with_field

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
    else:
        told["data"][rows] = _led_away(own, frames["data"][frames["id"] == id_])
    return Forged(kind, told, id_, start, end)


def _led_away(own: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The value that spans most of what moves smoothly, led away step by step by a quarter of its span, or by 16; uint64[n]."""
    best, reach = 0, 0.0
    for number in range(FIELDS):
        values = field(usual, number)
        if smooth(values) and np.ptp(values) > reach:
            best, reach = number, float(np.ptp(values))
    width = 0xFF if best < 8 else 0xFFFF
    led = np.minimum(field(own, best) + np.linspace(0, max(16.0, reach / 4), len(own)), width)
    return with_field(own, best, led.astype(np.uint64))


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
