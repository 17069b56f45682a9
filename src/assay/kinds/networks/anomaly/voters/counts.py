"""How often each number, by itself, was met: the rarity of a row is the sum over its columns (a histogram-based outlier score,
Goldstein and Dengel 2012). It sees no connection between numbers, and nothing else is as quick."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.seen import Seen


def shares(rows: Seen) -> list[np.ndarray]:
    """float64[parts] of each column: the share of rows in each part, half a row added to each."""
    counts = [np.bincount(rows.parts[:, j], minlength=size) for j, size in enumerate(rows.sizes)]
    return [(count + 0.5) / (len(rows.parts) + 0.5 * len(count)) for count in counts]


class Counts:
    name = "counts"

    def __init__(self, surprises: list[np.ndarray]) -> None:
        self.surprises = surprises

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        return cls([-np.log(share) for share in shares(rows)])

    def score(self, rows: Seen) -> np.ndarray:
        return np.asarray(sum(told[rows.parts[:, j]] for j, told in enumerate(self.surprises)))

    def plain(self) -> dict[str, Any]:
        return {"surprises": [pack(told) for told in self.surprises]}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        return cls([unpack(told) for told in plain["surprises"]])


__all__ = ["Counts", "shares"]
