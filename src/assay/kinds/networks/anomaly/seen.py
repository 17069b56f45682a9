"""Rows of numbers as voters see them: as they are, cut into parts of equal mass, and placed in deviations from the mean.

Categories are whole numbers from 0; one that was never met is a part, and a place, of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack

PARTS = 8
FAR = 10.0  # deviations beyond which a number is simply far
_APART = 3.0  # how far two categories are apart, in deviations


class Seen(NamedTuple):
    """`values` float64[n, k]; `parts` int64[n, k], of column j below `sizes[j]`; `placed` float32[n, d], a category as one
    column for each of its values. `amounts` are the columns that are no categories."""

    sizes: list[int]
    amounts: list[int]
    values: np.ndarray
    parts: np.ndarray
    placed: np.ndarray


class Sight:
    """`edges` per column, None for one of categories; `sizes` how many parts there are; `mean`, `scale` float64[k]."""

    def __init__(self, edges: list[np.ndarray | None], sizes: list[int], mean: np.ndarray, scale: np.ndarray) -> None:
        self.edges, self.sizes, self.mean, self.scale = edges, sizes, mean, scale

    @classmethod
    def learn(cls, rows: np.ndarray, categories: frozenset[int] = frozenset()) -> Sight:
        edges: list[np.ndarray | None] = []
        sizes = []
        for j in range(rows.shape[1]):
            values = np.unique(rows[:, j])
            if j in categories:
                edges.append(None)
                sizes.append(int(values.max()) + 2)  # and one for what was never met
                continue
            middle = (values[1:] + values[:-1]) / 2
            if len(values) > PARTS:
                middle = np.unique(np.quantile(rows[:, j], np.linspace(0, 1, PARTS + 1)[1:-1]))
            edges.append(np.append(middle, np.nextafter(values[-1], np.inf)))
            sizes.append(len(middle) + 2)
        return cls(edges, sizes, rows.mean(axis=0), rows.std(axis=0) + 1e-3)

    def __call__(self, rows: np.ndarray) -> Seen:
        parts = self._parts(rows)
        placed = []
        for j, edges in enumerate(self.edges):
            if edges is None:
                placed.append((parts[:, [j]] == np.arange(self.sizes[j])) * _APART)
            else:
                placed.append(np.clip((rows[:, [j]] - self.mean[j]) / self.scale[j], -FAR, FAR))
        amounts = [j for j, edges in enumerate(self.edges) if edges is not None]
        return Seen(self.sizes, amounts, rows, parts, np.concatenate(placed, axis=1).astype(np.float32))

    def _parts(self, rows: np.ndarray) -> np.ndarray:
        out = np.empty(rows.shape, np.int64)
        for j, edges in enumerate(self.edges):
            if edges is None:
                known = (rows[:, j] >= 0) & (rows[:, j] < self.sizes[j] - 1)
                out[:, j] = np.where(known, rows[:, j], self.sizes[j] - 1)
            else:
                out[:, j] = np.searchsorted(edges, rows[:, j], "left")
        return out

    def plain(self) -> dict[str, Any]:
        edges = [None if e is None else pack(e) for e in self.edges]
        return {"edges": edges, "sizes": self.sizes, "mean": pack(self.mean), "scale": pack(self.scale)}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Sight:
        edges = [None if e is None else unpack(e) for e in plain["edges"]]
        return cls(edges, [int(s) for s in plain["sizes"]], unpack(plain["mean"]), unpack(plain["scale"]))


__all__ = ["FAR", "Seen", "Sight"]
