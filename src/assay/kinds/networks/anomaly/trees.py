"""Trees as plain arrays: what a library grew is kept, and read without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from assay.kinds.networks.anomaly.arrays import pack, unpack


class Forest(NamedTuple):
    """Trees end to end. `left`, `right` int32[nodes] (-1 at a leaf), `column` int32, `limit` float64, `value`
    float32[nodes, m] what a leaf says; `roots` int32[trees]."""

    left: np.ndarray
    right: np.ndarray
    column: np.ndarray
    limit: np.ndarray
    value: np.ndarray
    roots: np.ndarray

    @classmethod
    def of_trees(cls, trees: Sequence[Any], values: Sequence[np.ndarray]) -> Forest:
        """From scikit-learn's trees (`tree_`), and what each of their nodes says: float32[nodes, m]."""
        left, right, column, limit, roots, at = [], [], [], [], [], 0
        for tree in trees:
            leaf = tree.children_left < 0
            roots.append(at)
            left.append(np.where(leaf, -1, tree.children_left + at))
            right.append(np.where(leaf, -1, tree.children_right + at))
            column.append(np.maximum(tree.feature, 0))
            limit.append(tree.threshold)
            at += tree.node_count
        return cls(
            np.concatenate(left).astype(np.int32), np.concatenate(right).astype(np.int32),
            np.concatenate(column).astype(np.int32), np.concatenate(limit),
            np.concatenate(values).astype(np.float32), np.array(roots, np.int32),
        )  # fmt: skip

    def mean(self, rows: np.ndarray) -> np.ndarray:
        """float64[n, m]: what the leaves of a row say, on average over the trees."""
        return np.asarray(_mean(np.ascontiguousarray(rows, np.float32), *self))

    def plain(self) -> list[dict[str, Any]]:
        return [pack(array) for array in self]

    @classmethod
    def of(cls, plain: list[dict[str, Any]]) -> Forest:
        return cls(*(unpack(array) for array in plain))


@njit(cache=True, nogil=True)
def _mean(rows, left, right, column, limit, value, roots):  # type: ignore[no-untyped-def]
    out = np.zeros((len(rows), value.shape[1]))
    for i in range(len(rows)):
        for root in roots:
            at = root
            while left[at] >= 0:
                at = left[at] if rows[i, column[at]] <= limit[at] else right[at]
            for c in range(value.shape[1]):
                out[i, c] += value[at, c]
    return out / len(roots)


__all__ = ["Forest"]
