"""Each number foretold from the others (Noto, Brodley, Slonim 2012): normal rows hang together, and a row whose numbers surprise
one another is not normal, though each may be common. A role is learned by the way: what is much for a workstation is little for
a server, since the other numbers say which it is.

Extremely randomised trees (Geurts, Ernst, Wehenkel 2006) with leaves of three sizes say how likely each part of a number is; a
surprise is the logarithm of that, turned into the share of held-out rows that surprise as much.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from assay.kinds.networks.anomaly.arrays import pack, unpack
from assay.kinds.networks.anomaly.ranks import Ranks
from assay.kinds.networks.anomaly.seen import Seen
from assay.kinds.networks.anomaly.trees import Forest
from assay.kinds.networks.anomaly.voters.counts import shares

LEAVES = (10, 20, 40)  # least rows of a leaf
TREES = 30
_FLOOR = 0.02  # weight of what is expected without looking at the others


class Foretold:
    """`priors` float64[parts] of each column; `forests` of each column one for each size of leaf, none where it never changed."""

    name = "foretold"

    def __init__(self, priors: list[np.ndarray], forests: list[list[Forest]], ranks: Ranks) -> None:
        self.priors, self.forests, self.ranks = priors, forests, ranks

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        from sklearn.ensemble import ExtraTreesClassifier

        forests: list[list[Forest]] = []
        for j, size in enumerate(rows.sizes):
            forests.append([])
            if not np.ptp(rows.parts[:, j]):
                continue
            others = _others(rows, j)
            for leaf in LEAVES:
                trees = ExtraTreesClassifier(
                    TREES, min_samples_leaf=leaf, max_features="sqrt", random_state=seed, n_jobs=1
                ).fit(others, rows.parts[:, j])
                forests[j].append(Forest.of_trees(*_grown(trees, size)))
        new = cls(shares(rows), forests, Ranks(np.zeros(0)))
        new.ranks = Ranks(new.surprise(held))
        return new

    def surprise(self, rows: Seen) -> np.ndarray:
        """float64[n, k, leaves]: -log of the chance of what is there, by each column and size of leaf."""
        n, k = rows.values.shape
        out = np.zeros((n, k, len(LEAVES)))
        for j, prior in enumerate(self.priors):
            there = rows.parts[:, j]
            if not self.forests[j]:
                out[:, j] = -np.log(prior[there])[:, None]
                continue
            others = _others(rows, j)
            for m, forest in enumerate(self.forests[j]):
                chance = (1 - _FLOOR) * forest.mean(others) + _FLOOR * prior
                out[:, j, m] = -np.log(chance[np.arange(n), there])
        return out

    def score(self, rows: Seen) -> np.ndarray:
        """Fisher's sum over columns, in the mean over sizes of leaves, each in its own measure."""
        return np.asarray(-np.log(self.ranks(self.surprise(rows))).sum(axis=1).mean(axis=1))

    def surprising(self, rows: Seen) -> np.ndarray:
        """int64[n, k]: the columns, the one that surprises most first."""
        return np.argsort(self.ranks(self.surprise(rows)).mean(axis=2), axis=1, kind="stable")

    def plain(self) -> dict[str, Any]:
        return {
            "priors": [pack(p) for p in self.priors], "surprises": pack(self.ranks.values),
            "forests": [[forest.plain() for forest in of] for of in self.forests],
        }  # fmt: skip

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        forests = [[Forest.of(forest) for forest in of] for of in plain["forests"]]
        return cls([unpack(p) for p in plain["priors"]], forests, Ranks(unpack(plain["surprises"])))


def _others(rows: Seen, but: int) -> np.ndarray:
    """float32[n, …]: every column but one; a category as one column for each of its values."""
    told = []
    for j, size in enumerate(rows.sizes):
        if j == but:
            continue
        amount = j in rows.amounts
        told.append(rows.values[:, [j]] if amount else rows.parts[:, [j]] == np.arange(size))
    return np.concatenate(told, axis=1).astype(np.float32)


def _grown(trees: Any, parts: int) -> tuple[list[Any], list[np.ndarray]]:
    """The trees, and the share of each part at each of their nodes."""
    values = []
    for one in trees.estimators_:
        value = one.tree_.value[:, 0, :]
        told = np.zeros((len(value), parts), np.float32)
        told[:, trees.classes_.astype(int)] = value / value.sum(axis=1, keepdims=True)
        values.append(told)
    return [one.tree_ for one in trees.estimators_], values


__all__ = ["LEAVES", "Foretold"]
