"""Streaming half-space trees (Tan, Ting, Liu 2011): trees that halve the space at random, made before any row is seen. Two
windows take turns: while rows fall into the latest, rows are judged by how many of the one before fell where they fall.

Time goes on, so the mass that is kept is that of the last whole window: what was normal lately.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numba import njit

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.seen import Seen

TREES, DEPTH = 50, 12
WINDOWS = 4  # that learning falls into
LEAST_WINDOW = 250
_SMALL = 0.05  # share of a window below which a node is not looked into
_REACH = 3.0  # deviations on either side that the space has


class HalfSpaces:
    """Heaps from node 1: `column` int32[trees, inner], `limit` float32[trees, inner], `mass` int32[trees, nodes] of the reference
    window, which has `window` rows."""

    name = "half-spaces"

    def __init__(self, column: np.ndarray, limit: np.ndarray, mass: np.ndarray, window: int) -> None:
        self.column, self.limit, self.mass, self.window = column, limit, mass, window

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        rng = np.random.default_rng(seed)
        n, d = rows.placed.shape
        column = rng.integers(0, d, (TREES, 1 << DEPTH), dtype=np.int32)
        middle = rng.random((TREES, d))
        reach = 2 * np.maximum(middle, 1 - middle)
        limit = _halves(column, middle - reach, middle + reach)
        window = min(n, max(LEAST_WINDOW, n // WINDOWS))
        mass = np.zeros((2, TREES, 2 << DEPTH), np.int32)  # of the reference and of the latest window
        for start in range(0, n - window + 1, window):
            _fall(_unit(rows.placed[start : start + window]), column, limit, mass[1])
            mass[0], mass[1] = mass[1], 0
        return cls(column, limit, mass[0], window)

    def score(self, rows: Seen) -> np.ndarray:
        low = max(1, int(_SMALL * self.window))
        return np.asarray(-np.log1p(_masses(_unit(rows.placed), self.column, self.limit, self.mass, low)))

    def plain(self) -> dict[str, Any]:
        return {"column": pack(self.column), "limit": pack(self.limit), "mass": pack(self.mass), "window": self.window}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        column, limit, mass = (unpack(plain[name]) for name in ("column", "limit", "mass"))
        return cls(column, limit, mass, int(plain["window"]))


def _unit(placed: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.clip(0.5 + placed / (2 * _REACH), 0, 1), np.float32)


@njit(cache=True, nogil=True)
def _halves(column, low, high):  # type: ignore[no-untyped-def]
    """Where each node cuts: in the middle of what its ancestors left of its column."""
    trees, inner = column.shape
    limit = np.zeros((trees, inner), np.float32)
    for t in range(trees):
        for node in range(1, inner):
            q = column[t, node]
            a, b = low[t, q], high[t, q]
            depth = 0
            while node >> (depth + 1):
                depth += 1
            for level in range(depth, 0, -1):
                above = node >> level
                if column[t, above] == q:
                    if (node >> (level - 1)) & 1:
                        a = limit[t, above]
                    else:
                        b = limit[t, above]
            limit[t, node] = (a + b) / 2
    return limit


@njit(cache=True, nogil=True)
def _fall(rows, column, limit, mass):  # type: ignore[no-untyped-def]
    trees, inner = column.shape
    for i in range(len(rows)):
        for t in range(trees):
            at = 1
            mass[t, at] += 1
            while at < inner:
                at = 2 * at + (rows[i, column[t, at]] >= limit[t, at])
                mass[t, at] += 1


@njit(cache=True, nogil=True)
def _masses(rows, column, limit, mass, low):  # type: ignore[no-untyped-def]
    """Of each row the sum over the trees of mass, as if spread evenly: times 2 to the power of the depth."""
    trees, inner = column.shape
    out = np.zeros(len(rows))
    for i in range(len(rows)):
        for t in range(trees):
            at, spread = 1, 1.0
            while at < inner and mass[t, at] > low:
                at = 2 * at + (rows[i, column[t, at]] >= limit[t, at])
                spread *= 2.0
            out[i] += mass[t, at] * spread
    return out / trees


__all__ = ["HalfSpaces"]
