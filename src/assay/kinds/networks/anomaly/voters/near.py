"""Distance to the nearest normal rows, in deviations of each number."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.seen import Seen

NEAREST = 5
MOST = 12_000  # normal rows that are kept
_BLOCK = 512  # rows that are compared at a time


class Near:
    """`rows` float32[m, d], placed."""

    name = "near"

    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        n = len(rows.placed)
        if n <= MOST:
            return cls(rows.placed)
        return cls(rows.placed[np.random.default_rng(seed).choice(n, MOST, replace=False)])

    def score(self, rows: Seen) -> np.ndarray:
        """Mean over the nearest few."""
        square, few = (self.rows**2).sum(axis=1), min(NEAREST, len(self.rows))
        out = np.empty(len(rows.placed))
        for start in range(0, len(out), _BLOCK):
            block = rows.placed[start : start + _BLOCK]
            apart = square - 2 * block @ self.rows.T + (block**2).sum(axis=1)[:, None]
            least = np.partition(apart, few - 1, axis=1)[:, :few]
            out[start : start + _BLOCK] = np.sqrt(np.maximum(least, 0)).mean(axis=1)
        return out

    def plain(self) -> dict[str, Any]:
        return {"rows": pack(self.rows)}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        return cls(unpack(plain["rows"]))


__all__ = ["Near"]
