"""`Normal`: what normal rows look like, and how rare a row would be among them.

Two views: how much a row's numbers surprise one another (`foretell`), and how far it is from the nearest normal rows. Each becomes
a share of held-out normal rows that are as strange, and both together (Fisher's sum of logarithms) a share again: the p-value.
Held-out rows are normal rows of another time, which the views never saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.foretell import Cuts, Forest, Foretold

NEAREST = 5
MOST_NEAR = 12_000  # normal rows kept for the distance
_CLIP = 10.0  # deviations beyond which a number is simply far
_CATEGORY = 3.0  # how far two categories are apart, in deviations


class Ranks:
    """Values of held-out rows in order; what share of them is at least as large?"""

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.sort(values, axis=0)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The same shape, in (0, 1]."""
        n = len(self.values)
        if self.values.ndim == 1:
            below = np.searchsorted(self.values, values, "left")
        else:
            flat = self.values.reshape(n, -1)
            told = values.reshape(len(values), -1)
            below = np.stack([np.searchsorted(flat[:, j], told[:, j], "left") for j in range(flat.shape[1])], axis=1)
            below = below.reshape(values.shape)
        return np.asarray((n - below + 1) / (n + 1))


class Near:
    """Distance to the nearest normal rows, in deviations of each number."""

    def __init__(self, mean: np.ndarray, scale: np.ndarray, rows: np.ndarray, inputs: list[int]) -> None:
        self.mean, self.scale, self.rows, self.inputs = mean, scale, rows, inputs

    @classmethod
    def learn(cls, rows: np.ndarray, cuts: Cuts, inputs: list[int], rng: np.random.Generator) -> Near:
        near = cls(rows.mean(axis=0), rows.std(axis=0) + 1e-3, np.zeros((0, 0), np.float32), inputs)
        kept = rows if len(rows) <= MOST_NEAR else rows[rng.choice(len(rows), MOST_NEAR, replace=False)]
        near.rows = near._place(kept, cuts)
        return near

    def _place(self, rows: np.ndarray, cuts: Cuts) -> np.ndarray:
        parts = cuts(rows)
        told = []
        for j, size in enumerate(self.inputs):
            if size:
                told.append((parts[:, [j]] == np.arange(size)) * _CATEGORY)
            else:
                told.append(np.clip((rows[:, [j]] - self.mean[j]) / self.scale[j], -_CLIP, _CLIP))
        return np.concatenate(told, axis=1).astype(np.float32)

    def __call__(self, rows: np.ndarray, cuts: Cuts) -> np.ndarray:
        """float64[n]: mean of the nearest few."""
        placed = self._place(rows, cuts)
        square = (self.rows**2).sum(axis=1)
        out = np.empty(len(placed))
        few = min(NEAREST, len(self.rows))
        for start in range(0, len(placed), 512):
            block = placed[start : start + 512]
            apart = square - 2 * block @ self.rows.T + (block**2).sum(axis=1)[:, None]
            least = np.partition(apart, few - 1, axis=1)[:, :few]
            out[start : start + 512] = np.sqrt(np.maximum(least, 0)).mean(axis=1)
        return out


class Normal:
    """`columns` names of the numbers, in order. `held` how many held-out rows stand behind the p-values."""

    def __init__(
        self,
        columns: list[str],
        foretold: Foretold,
        near: Near,
        ranks: Ranks,
        sums: Ranks,
        distances: Ranks,
        both: Ranks,
    ) -> None:
        self.columns, self.foretold, self.near = columns, foretold, near
        self.ranks, self.sums, self.distances, self.both = ranks, sums, distances, both

    @classmethod
    def learn(
        cls,
        rows: np.ndarray,
        held: np.ndarray,
        columns: list[str],
        categories: frozenset[int] = frozenset(),
        seed: int = 1,
    ) -> Normal:
        """`rows` float64[n, k] to learn from, `held` float64[m, k] of another time to rank against; all of them normal."""
        foretold = Foretold.learn(rows, categories, seed)
        near = Near.learn(rows, foretold.cuts, foretold.inputs, np.random.default_rng(seed))
        surprise = foretold.surprise(held)
        ranks = Ranks(surprise)
        strange = _strange(ranks(surprise))
        sums, distances = Ranks(strange), Ranks(near(held, foretold.cuts))
        both = Ranks(-np.log(sums(strange)) - np.log(distances(near(held, foretold.cuts))))
        return cls(columns, foretold, near, ranks, sums, distances, both)

    @property
    def held(self) -> int:
        return len(self.both.values)

    def score(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: the greater the stranger."""
        strange = _strange(self.ranks(self.foretold.surprise(rows)))
        return np.asarray(-np.log(self.sums(strange)) - np.log(self.distances(self.near(rows, self.foretold.cuts))))

    def rare(self, rows: np.ndarray) -> np.ndarray:
        """float64[n] in (0, 1]: the share of normal rows that are as strange, no less than 1 / (held + 1)."""
        return self.both(self.score(rows))

    def told(self, row: np.ndarray, most: int = 3) -> list[str]:
        """The columns that surprise most, given the others."""
        share = self.ranks(self.foretold.surprise(row[None, :]))[0].mean(axis=1)
        return [self.columns[j] for j in np.argsort(share, kind="stable")[:most]]

    def plain(self) -> dict[str, Any]:
        """As a model's file keeps it."""
        f = self.foretold
        return {
            "columns": self.columns, "rows": f.rows, "inputs": f.inputs, "sizes": f.cuts.sizes,
            "edges": [None if e is None else pack(e) for e in f.cuts.edges], "priors": [pack(p) for p in f.priors],
            "forests": [[[pack(a) for a in forest] for forest in of] for of in f.forests],
            "near": [pack(self.near.mean), pack(self.near.scale), pack(self.near.rows)],
            "held": [pack(r.values) for r in (self.ranks, self.sums, self.distances, self.both)],
        }  # fmt: skip

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Normal:
        """Raises `ValueError` or `KeyError` where it was not written by `plain`."""
        cuts = Cuts([None if e is None else unpack(e) for e in plain["edges"]], [int(s) for s in plain["sizes"]])
        forests = [[Forest(*(unpack(a) for a in forest)) for forest in of] for of in plain["forests"]]
        inputs = [int(i) for i in plain["inputs"]]
        foretold = Foretold(cuts, forests, [unpack(p) for p in plain["priors"]], int(plain["rows"]), inputs)
        mean, scale, rows = (unpack(a) for a in plain["near"])
        near = Near(mean, scale, rows, inputs)
        return cls(list(plain["columns"]), foretold, near, *(Ranks(unpack(a)) for a in plain["held"]))


def _strange(shares: np.ndarray) -> np.ndarray:
    """Fisher's sum over columns, in the mean over sizes of leaves, each in its own measure."""
    return np.asarray(-np.log(shares).sum(axis=1).mean(axis=1))


__all__ = ["Normal", "Ranks"]
