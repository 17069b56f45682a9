"""Isolation forest (Liu, Ting, Zhou 2008): of random cuts few are needed to part a strange row from all others."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from assay.kinds.networks.anomaly.seen import Seen
from assay.kinds.networks.anomaly.trees import Forest

TREES = 200
_EULER = 0.5772156649015329


class Isolated:
    """`forest`: its leaves say how many cuts lead to them, and how many more their rows would take."""

    name = "isolated"

    def __init__(self, forest: Forest) -> None:
        self.forest = forest

    @classmethod
    def learn(cls, rows: Seen, held: Seen, seed: int) -> Self:
        from sklearn.ensemble import IsolationForest

        grown = IsolationForest(n_estimators=TREES, random_state=seed, n_jobs=1).fit(rows.placed)
        trees = [one.tree_ for one in grown.estimators_]
        return cls(Forest.of_trees(trees, [(_depths(tree) + _more(tree.n_node_samples))[:, None] for tree in trees]))

    def score(self, rows: Seen) -> np.ndarray:
        return np.asarray(-self.forest.mean(rows.placed)[:, 0])

    def plain(self) -> dict[str, Any]:
        return {"forest": self.forest.plain()}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        return cls(Forest.of(plain["forest"]))


def _depths(tree: Any) -> np.ndarray:
    """Of every node; children stand after their parents."""
    depth = np.zeros(tree.node_count)
    for at in np.flatnonzero(tree.children_left >= 0):
        depth[[tree.children_left[at], tree.children_right[at]]] = depth[at] + 1
    return depth


def _more(rows: np.ndarray) -> np.ndarray:
    """The mean number of cuts that part one of so many rows from the others: that of a binary search that fails."""
    n = np.maximum(rows, 2).astype(float)
    return np.where(rows < 2, 0.0, np.where(rows == 2, 1.0, 2 * (np.log(n - 1) + _EULER) - 2 * (n - 1) / n))


__all__ = ["TREES", "Isolated"]
