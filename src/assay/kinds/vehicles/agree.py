"""Signals that say the same thing twice: two wheels, two ways in which speed is sent, engine and gearbox.

No DBC is needed: every byte and every pair of neighbouring bytes of every id is a candidate, sampled ten times a second. Two
fields of different ids, one a straight line of the other all through clean traffic, are a `Bond`; where a bond breaks for half
a second, one of the two ids says what is not so. A forged id that keeps its times is found by this alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

STEP = 100_000  # microseconds between samples
MOST_BONDS = 256
_MOST_FIELDS = 1500
_LEAST_SAMPLES = 200
FIELDS = 22  # of an id: 8 bytes, 7 pairs with the first byte low, 7 with the first byte high
_LEAST_R = 0.995
_TIGHT, _LOOSEST = 0.03, 0.05  # of a field's deviation, of its span: typical and greatest residual that a bond may have
_MARGIN = 2.5  # residuals grow with acceleration, and harder driving than was seen must be no lie
_ROWS = 5  # samples in a row
_STALE = 1_000_000


class Bond(NamedTuple):
    """field `a` of `id_a` = slope · field `b` of `id_b` + offset, within `limit`."""

    id_a: int
    a: int
    id_b: int
    b: int
    slope: float
    offset: float
    limit: float


def field(data: np.ndarray, number: int) -> np.ndarray:
    """float64[n] of uint64[n]: the field of this number, unsigned."""
    if number < 8:
        return np.asarray((data >> np.uint64(8 * number)) & np.uint64(255), np.float64)
    byte = (number - 8) % 7
    low = (data >> np.uint64(8 * byte)) & np.uint64(255)
    high = (data >> np.uint64(8 * byte + 8)) & np.uint64(255)
    return np.asarray(high * np.uint64(256) + low if number < 15 else low * np.uint64(256) + high, np.float64)


def with_field(data: np.ndarray, number: int, values: np.ndarray) -> np.ndarray:
    """uint64[n] with that field replaced by uint64[n]."""
    byte = number if number < 8 else (number - 8) % 7
    at = np.uint64(8 * byte)
    mask = np.uint64((0xFF if number < 8 else 0xFFFF) << (8 * byte))
    if number >= 15:
        values = ((values & np.uint64(255)) << np.uint64(8)) | (values >> np.uint64(8))
    return np.asarray((data & ~mask) | ((values << at) & mask))


class Samples:
    """What each of some ids last said at each step; `fresh` bool: and that not long ago."""

    def __init__(self, frames: np.ndarray, ids: list[int]) -> None:
        time = np.maximum.accumulate(frames["time"]) if len(frames) else frames["time"]
        self.grid = np.arange(int(time[0]) + STEP, int(time[-1]), STEP) if len(frames) else np.zeros(0, np.int64)
        self._data: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        for id_ in ids:
            rows = np.flatnonzero(frames["id"] == id_)
            if not len(rows):
                continue
            at = np.searchsorted(time[rows], self.grid, side="right") - 1
            fresh = (at >= 0) & (self.grid - time[rows][np.maximum(at, 0)] < _STALE)
            self._data[id_] = frames["data"][rows][np.maximum(at, 0)], fresh

    def of(self, id_: int) -> tuple[np.ndarray, np.ndarray] | None:
        """(uint64 payloads, bool fresh) at each step, or None where the id never spoke."""
        return self._data.get(id_)


def bonds(frames: np.ndarray, ids: list[int]) -> list[Bond]:
    """Fitted on the first four fifths of FRAME[n], kept where they hold in the last fifth too."""
    span = int(frames["time"][-1] - frames["time"][0]) if len(frames) else 0
    if not 0 < span < STEP * 100_000:
        return []
    samples = Samples(frames, ids)
    if len(samples.grid) < _LEAST_SAMPLES:
        return []
    names, columns = [], []
    for id_ in ids:
        said = samples.of(id_)
        if said is None or said[1].mean() < 0.95:
            continue
        for number in range(FIELDS):
            values = field(said[0], number)
            if smooth(values):
                names.append((id_, number))
                columns.append(values)
    if len(columns) < 2:
        return []
    names, matrix = names[:_MOST_FIELDS], np.array(columns[:_MOST_FIELDS])
    cut = int(0.8 * matrix.shape[1])
    r = np.abs(np.nan_to_num(np.corrcoef(matrix[:, :cut])))
    owner = np.array([id_ for id_, _ in names])
    r[owner[:, None] == owner[None, :]] = 0.0
    found: list[tuple[float, Bond]] = []
    for a, b in np.argwhere(np.triu(r) > _LEAST_R).tolist():
        bond = _fitted(names[a], names[b], matrix[a], matrix[b], cut)
        if bond is not None:
            found.append((bond.limit / np.ptp(matrix[a]), bond))
    best: dict[tuple[int, int], Bond] = {}
    for _, bond in sorted(found, key=lambda pair: pair[0]):  # the tightest of each two ids
        best.setdefault((bond.id_a, bond.id_b), bond)
    return list(best.values())[:MOST_BONDS]


def smooth(values: np.ndarray) -> bool:
    """Does it move, and like a thing that has mass: no counter, no noise, no flag?"""
    spread = values.std()
    if spread < 2 or len(np.unique(values)) < 16:
        return False
    return bool(np.abs(np.diff(values)).mean() < 0.2 * spread and np.abs(np.diff(values)).max() < 0.5 * np.ptp(values))


def _fitted(a: tuple[int, int], b: tuple[int, int], x: np.ndarray, y: np.ndarray, cut: int) -> Bond | None:
    slope, offset = np.polyfit(y[:cut], x[:cut], 1)
    rest = np.abs(x - slope * y - offset)
    span = float(np.ptp(x))
    if rest.max() > _LOOSEST * span or np.sqrt((rest**2).mean()) > _TIGHT * x.std():
        return None
    return Bond(a[0], a[1], b[0], b[1], float(slope), float(offset), max(_MARGIN * float(rest.max()), 0.02 * span))


class Broken(NamedTuple):
    """Alarms: `id` the one that more of its bonds broke with; `time` microseconds; `strength` residual over limit."""

    id: np.ndarray
    time: np.ndarray
    strength: np.ndarray


def broken(frames: np.ndarray, known: Sequence[Bond]) -> Broken:
    """An alarm, of one or two ids, for each step at which a bond has been broken for half a second."""
    told: list[tuple[int, int, float]] = []
    span = int(frames["time"].max() - frames["time"].min()) if len(frames) else 0
    if known and 0 < span < STEP * 1_000_000:
        samples = Samples(frames, sorted({i for bond in known for i in (bond.id_a, bond.id_b)}))
        ratios: list[np.ndarray] = []
        held: list[Bond] = []
        for bond in known:
            a, b = samples.of(bond.id_a), samples.of(bond.id_b)
            if a is None or b is None:
                continue
            rest = np.abs(field(a[0], bond.a) - bond.slope * field(b[0], bond.b) - bond.offset) / bond.limit
            ratios.append(np.where(a[1] & b[1], rest, 0.0))
            held.append(bond)
        if ratios and len(samples.grid) >= _ROWS:
            table = np.array(ratios)
            run = np.lib.stride_tricks.sliding_window_view(table, _ROWS, axis=1).min(axis=2)
            for at in np.flatnonzero((run > 1).any(axis=0)).tolist():
                rows = np.flatnonzero(run[:, at] > 1)
                votes: dict[int, int] = {}
                for row in rows.tolist():
                    for id_ in (held[row].id_a, held[row].id_b):
                        votes[id_] = votes.get(id_, 0) + 1
                most = max(votes.values())
                for id_ in sorted(i for i, n in votes.items() if n == most)[:2]:
                    told.append((id_, int(samples.grid[at + _ROWS - 1]), float(run[rows, at].max())))
    return Broken(
        np.array([t[0] for t in told], np.uint32),
        np.array([t[1] for t in told], np.int64),
        np.array([t[2] for t in told]),
    )


__all__ = ["FIELDS", "Bond", "Broken", "Samples", "bonds", "broken", "field", "smooth", "with_field"]
