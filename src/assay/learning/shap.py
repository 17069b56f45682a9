"""Exact TreeSHAP in time linear in a tree's splits: how much each column adds to a row's score.

The values are LightGBM's own (path-dependent TreeSHAP; Lundberg et al., 2020): a split on an unknown column sends a row
both ways, in proportion to the training rows that went there. A Shapley value is the integral along the diagonal of
the game's multilinear extension (Owen, 1972): let each column be known with probability t, take the slope of the tree's
expected value in that column's t, and integrate t from 0 to 1. The slope is a polynomial of a degree below the number
of distinct columns on a path, so Gauss and Legendre's rule with at least half as many points is exact; and at one point
the slopes of all columns come from one walk down and one walk up the tree, as in Linear TreeSHAP (Yu et al., 2022),
whose polynomials these are. Nothing is divided by a small number, so deep trees lose no digits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import ModelError
from assay.learning.splits import CATEGORY, DEFAULT_LEFT, NAN_IS_MISSING, ZERO_IS_MISSING, Packed

_TOGETHER = 4  # points that walk a tree together; constant, so that the compiler unrolls the loops over them


class Explainer:
    """Trees ready to explain rows. `counts` float64[leaves]: training rows of each leaf.

    Raises ModelError where the counts are missing, a zero stands for a gap, or a tree does not number a split after its
    parent.
    """

    def __init__(self, packed: Packed, counts: np.ndarray) -> None:
        if len(counts) != len(packed.leaves):
            raise ModelError("the trees do not tell how many rows fell into each leaf")
        if (packed.kind & ZERO_IS_MISSING).any():
            raise ModelError("zeros stand for gaps in these trees")
        self._packed = packed
        self._plan, self._expected = _plan(packed, counts)

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """float64[n, k + 1]: log-odds added by each column, and last the score of an average row. rows float64[n, k].

        A row's values have the same bits whether it comes alone or among others.
        """
        out = np.zeros((len(rows), rows.shape[1] + 1))
        out[:, -1] = self._expected
        packed = self._packed
        feature = packed.feature.astype(np.uint32)  # unsigned, so that the kernel need not look for negative places
        _explain(rows, feature, packed.threshold, packed.leaves, packed.bounds, packed.bits, *self._plan, out)
        return out


class _Plan(NamedTuple):
    """What does not depend on the row. A tree's slots are its splits, then its leaves."""

    trees: np.ndarray  # int64[trees, 4]: first split, splits, first leaf, points of the rule
    weights: np.ndarray  # float64[points + 1, points]: those of the rule with so many points
    known: np.ndarray  # float64[laws, points]: how likely the split's column is known, at each point; law 0: never
    slope: np.ndarray  # float64[laws, points]: its derivative in t
    law: np.ndarray  # uint32[splits]: the law, as long as the row follows the column's splits above
    above: np.ndarray  # uint32[splits]: branch of the nearest split above on the same column, 0 for none
    left: np.ndarray  # float64[splits]: share of the training rows that went left
    slots: np.ndarray  # uint32[splits, 2]: slots of the children
    gaps: np.ndarray  # bool[splits]: a missing number goes right
    sets: np.ndarray  # int64[m]: the splits on categories


def _plan(packed: Packed, counts: np.ndarray) -> tuple[_Plan, float]:
    """The plan, and the score of an average row."""
    splits = len(packed.feature)
    left, slots = np.zeros(splits), np.zeros((splits, 2), np.uint32)
    above, law = np.zeros(splits, np.uint32), np.zeros(splits, np.uint32)
    trees: list[tuple[int, int, int, int]] = []
    laws = {(0, 0.0): 0}
    expected, leaf = 0.0, 0
    ends = [*packed.roots[packed.roots >= 0].tolist()[1:], splits]
    for root in packed.roots.tolist():
        if root < 0:
            expected += float(packed.leaves[leaf])
            leaf += 1
            continue
        size = ends[len(trees)] - root
        own = _own_slots(packed.children[root : root + size], root, leaf)
        covers = np.concatenate([np.zeros(size), counts[leaf : leaf + size + 1]])
        for i in range(size - 1, -1, -1):
            covers[i] = covers[own[i]].sum()
            left[root + i] = covers[own[i, 0]] / max(covers[i], 1.0)
        expected += float(packed.leaves[leaf : leaf + size + 1] @ covers[size:]) / max(float(covers[0]), 1.0)
        branches, distinct = _columns_above(packed.feature[root : root + size].tolist(), left[root : root + size], own)
        points = -(-distinct // (2 * _TOGETHER)) * _TOGETHER
        for i, (branch, share) in enumerate(branches, start=root):
            above[i] = branch + 2 * root if branch else 0
            law[i] = laws.setdefault((points, share), len(laws))
        slots[root : root + size] = own
        trees.append((root, size, leaf, points))
        leaf += size + 1
    where = np.array(trees, np.int64).reshape(-1, 4)
    gaps = np.where(packed.kind & NAN_IS_MISSING, packed.kind & DEFAULT_LEFT == 0, packed.threshold < 0)
    sets = np.flatnonzero(packed.kind & CATEGORY)
    return _Plan(where, *_rules(list(laws)), law, above, left, slots, gaps, sets), expected


def _own_slots(children: np.ndarray, root: int, leaf: int) -> np.ndarray:
    """int64[splits, 2]: the slots of one tree's children."""
    size = len(children)
    pair = children.astype(np.int64)
    slots = np.where(pair >= 0, pair - root, ~pair - leaf + size)
    downward = (slots > np.arange(size)[:, None]).all()
    if not downward or not np.array_equal(np.sort(slots, axis=None), np.arange(1, 2 * size + 1)):
        raise ModelError("a tree does not number its splits from the root down")
    return slots


def _columns_above(feature: list[int], left: np.ndarray, slots: np.ndarray) -> tuple[list[tuple[int, float]], int]:
    """For each split the branch of the nearest split above on its column (0: none) and the share of the training rows
    that follow all splits above on that column; and the most distinct columns on a path."""
    size, distinct = len(feature), 0
    paths: list[dict[int, tuple[int, float]]] = [{} for _ in range(size)]
    found = []
    for i, column in enumerate(feature):
        branch, share = paths[i].get(column, (0, 1.0))
        found.append((branch, share))
        for goes, part in enumerate((float(left[i]), 1 - float(left[i]))):
            path = {**paths[i], column: (1 + 2 * i + goes, share * part)}
            distinct = max(distinct, len(path))
            if slots[i, goes] < size:
                paths[slots[i, goes]] = path
    return found, distinct


def _rules(laws: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`weights`, `known` and `slope` of the plan. A law is the points of its rule, and the share of the training rows
    that follow the column's splits above: where the row follows them too, the column is known with Bayes' probability."""
    most = max(points for points, _ in laws)
    weights, at = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for points in {points for points, _ in laws[1:]}:
        place, weight = np.polynomial.legendre.leggauss(points)
        at[points, :points], weights[points, :points] = (1 + place) / 2, weight / 2
    known, slope = np.zeros((len(laws), most)), np.zeros((len(laws), most))
    for i, (points, share) in enumerate(laws[1:], start=1):
        t = at[points, :points]
        evidence = t + share * (1 - t)
        known[i, :points], slope[i, :points] = t / evidence, share / evidence**2
    return weights, known, slope


@njit(cache=True, nogil=True)
def _explain(  # type: ignore[no-untyped-def]
    rows, feature, threshold, leaves, bounds, bits,
    trees, weights, known, slope, law, above, left, slots, gaps, sets, out,
):  # fmt: skip
    widest = 1
    for tree in range(len(trees)):
        widest = max(widest, 2 * trees[tree, 1] + 1)
    reach = np.empty((widest, _TOGETHER))  # weight of the point, times the chance to come to the slot
    worth = np.empty((widest, _TOGETHER))  # expected value from the slot on
    goes = np.empty(len(feature), np.uint8)
    taken = np.ones(1 + 2 * len(feature), np.uint8)  # branches that the row follows, its splits above on the column too
    ruled = np.empty(len(feature), np.uint32)  # the law in force
    for i in range(len(rows)):
        for n in range(len(feature)):  # without a branch, hence for many splits at once
            value = rows[i, feature[n]]
            goes[n] = (value > threshold[n]) | ((value != value) & gaps[n])
        for n in sets:
            value = rows[i, feature[n]]
            goes[n] = 1
            if -1 < value < 2147483648:  # missing and unseen categories go right
                code, at = np.int64(value), np.int64(threshold[n])
                word = bounds[at] + (code >> 5)
                if word < bounds[at + 1]:
                    goes[n] = 1 - ((bits[word] >> np.uint32(code & 31)) & np.uint32(1))
        for n in range(len(feature)):
            follows = taken[above[n]]
            taken[1 + 2 * n] = follows & (1 - goes[n])
            taken[2 + 2 * n] = follows & goes[n]
            ruled[n] = law[n] * follows
        for tree in range(len(trees)):
            root, size, leaf, points = trees[tree]
            for k in range(size + 1):
                for q in range(_TOGETHER):
                    worth[size + k, q] = leaves[leaf + k]
            for first in range(0, points, _TOGETHER):
                for q in range(_TOGETHER):
                    reach[0, q] = weights[points, first + q]
                for k in range(size):
                    n = root + k
                    share, surprise, at = left[n], 1 - goes[n] - left[n], ruled[n]
                    one, two = slots[n, 0], slots[n, 1]
                    for q in range(_TOGETHER):
                        here = reach[k, q]
                        lefts = here * (share + surprise * known[at, first + q])
                        reach[one, q] = lefts
                        reach[two, q] = here - lefts
                for k in range(size - 1, -1, -1):
                    n = root + k
                    share, surprise, at = left[n], 1 - goes[n] - left[n], ruled[n]
                    one, two = slots[n, 0], slots[n, 1]
                    gain = 0.0
                    for q in range(_TOGETHER):
                        other = worth[two, q]
                        more = worth[one, q] - other
                        gain += slope[at, first + q] * reach[k, q] * more
                        worth[k, q] = other + (share + surprise * known[at, first + q]) * more
                    out[i, feature[n]] += surprise * gain
