"""Each number foretold from the others (Noto, Brodley, Slonim 2012): normal rows hang together, and a row whose numbers surprise
one another is not normal, though each may be common. A role is learned by the way: what is much for a workstation is little for
a server, since the other numbers say which it is.

Numbers are cut into eight parts of equal mass and one beyond all that was seen; extremely randomised trees (Geurts, Ernst,
Wehenkel 2006) with leaves of three sizes say how likely each part is; a surprise is the logarithm of that, turned into the share
of normal rows that surprise as much. Trees are kept as plain arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

PARTS = 8
LEAVES = (10, 20, 40)  # least rows of a leaf
TREES = 30
_FLOOR = 0.02  # weight of what is expected without looking at the others


class Forest(NamedTuple):
    """Trees end to end. `left`, `right` int32[nodes] (-1 at a leaf), `column` int32, `limit` float64, `chance`
    float32[nodes, classes]; `roots` int32[trees]."""

    left: np.ndarray
    right: np.ndarray
    column: np.ndarray
    limit: np.ndarray
    chance: np.ndarray
    roots: np.ndarray

    def likely(self, rows: np.ndarray) -> np.ndarray:
        """float64[n, classes]: mean over the trees."""
        return np.asarray(_likely(np.ascontiguousarray(rows, np.float32), *self))


@njit(cache=True, nogil=True)
def _likely(rows, left, right, column, limit, chance, roots):  # type: ignore[no-untyped-def]
    out = np.zeros((len(rows), chance.shape[1]))
    for i in range(len(rows)):
        for root in roots:
            at = root
            while left[at] >= 0:
                at = left[at] if rows[i, column[at]] <= limit[at] else right[at]
            for c in range(chance.shape[1]):
                out[i, c] += chance[at, c]
    return out / len(roots)


class Cuts:
    """Columns as small whole numbers: parts of equal mass, or the category's own number. `edges` per column, None for one of
    categories; `sizes` how many parts there are."""

    def __init__(self, edges: list[np.ndarray | None], sizes: list[int]) -> None:
        self.edges, self.sizes = edges, sizes

    @classmethod
    def learn(cls, rows: np.ndarray, categories: frozenset[int]) -> Cuts:
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
        return cls(edges, sizes)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        out = np.empty(rows.shape, np.int64)
        for j, edges in enumerate(self.edges):
            if edges is None:
                known = (rows[:, j] >= 0) & (rows[:, j] < self.sizes[j] - 1)
                out[:, j] = np.where(known, rows[:, j], self.sizes[j] - 1)
            else:
                out[:, j] = np.searchsorted(edges, rows[:, j], "left")
        return out


class Foretold:
    """`forests` and `prior` (float64[parts]) of each column; a column that never changed has no forest."""

    def __init__(
        self, cuts: Cuts, forests: list[list[Forest]], priors: list[np.ndarray], rows: int, inputs: list[int]
    ) -> None:
        self.cuts, self.forests, self.priors, self.rows, self.inputs = cuts, forests, priors, rows, inputs

    @classmethod
    def learn(cls, rows: np.ndarray, categories: frozenset[int], seed: int) -> Foretold:
        """`rows` float64[n, k], normal ones."""
        from sklearn.ensemble import ExtraTreesClassifier

        cuts = Cuts.learn(rows, categories)
        parts = cuts(rows)
        inputs = [cuts.sizes[j] if j in categories else 0 for j in range(rows.shape[1])]
        forests: list[list[Forest]] = []
        priors = []
        for j in range(rows.shape[1]):
            priors.append(np.bincount(parts[:, j], minlength=cuts.sizes[j]) / len(rows))
            forests.append([])
            if np.count_nonzero(priors[j]) < 2:
                continue
            others = _inputs(rows, parts, inputs, j)
            for leaf in LEAVES:
                trees = ExtraTreesClassifier(
                    TREES, min_samples_leaf=leaf, max_features="sqrt", random_state=seed, n_jobs=1
                )
                forests[j].append(_plain(trees.fit(others, parts[:, j]), cuts.sizes[j]))
        return cls(cuts, forests, priors, len(rows), inputs)

    def surprise(self, rows: np.ndarray) -> np.ndarray:
        """float64[n, k, leaves]: -log of the chance of what is there, by each column and size of leaf."""
        parts = self.cuts(rows)
        n, k = rows.shape
        out = np.zeros((n, k, len(LEAVES)))
        for j in range(k):
            floor = (self.priors[j] + 0.5 / self.rows) / (1 + 0.5 * self.cuts.sizes[j] / self.rows)
            if not self.forests[j]:
                out[:, j] = -np.log(floor[parts[:, j]])[:, None]
                continue
            others = _inputs(rows, parts, self.inputs, j)
            for m, forest in enumerate(self.forests[j]):
                chance = (1 - _FLOOR) * forest.likely(others) + _FLOOR * floor
                out[:, j, m] = -np.log(chance[np.arange(n), parts[:, j]])
        return out


def _inputs(rows: np.ndarray, parts: np.ndarray, inputs: list[int], but: int) -> np.ndarray:
    """Every column but one; a category as one column for each of its values."""
    told = []
    for j, size in enumerate(inputs):
        if j == but:
            continue
        told.append((parts[:, [j]] == np.arange(size)).astype(np.float32) if size else rows[:, [j]].astype(np.float32))
    return np.concatenate(told, axis=1)


def _plain(trees: Any, classes: int) -> Forest:
    left, right, column, limit, chance, roots, at = [], [], [], [], [], [], 0
    for one in trees.estimators_:
        tree = one.tree_
        leaf = tree.children_left < 0
        roots.append(at)
        left.append(np.where(leaf, -1, tree.children_left + at))
        right.append(np.where(leaf, -1, tree.children_right + at))
        column.append(np.maximum(tree.feature, 0))
        limit.append(tree.threshold)
        told = np.zeros((tree.node_count, classes), np.float32)
        value = tree.value[:, 0, :]
        told[:, trees.classes_.astype(int)] = value / value.sum(axis=1, keepdims=True)
        chance.append(told)
        at += tree.node_count
    return Forest(
        np.concatenate(left).astype(np.int32), np.concatenate(right).astype(np.int32),
        np.concatenate(column).astype(np.int32), np.concatenate(limit), np.concatenate(chance), np.array(roots, np.int32),
    )  # fmt: skip


__all__ = ["LEAVES", "Cuts", "Forest", "Foretold"]
