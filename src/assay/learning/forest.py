"""Many trees laid out so that rows fall through them without a branch.

Every number is first replaced by its place among the thresholds that any tree compares it with, so that comparing floats
becomes comparing small integers with the same outcome. A gap takes the lowest place or one beyond the highest, as the
split wants it; a set of categories becomes a number of its own, 0 inside and 1 outside. Then every split asks the same
question, siblings lie side by side, a leaf leads to itself, and the rows of a block take each step together. (The order
of thresholds is the idea of QuickScorer; Lucchese et al., 2015.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import ModelError
from assay.learning.splits import CATEGORY, DEFAULT_LEFT, NAN_IS_MISSING, ZERO_IS_MISSING, Packed

_GAP_LEFT, _GAP_RIGHT, _GAP_ZERO, _SET = range(4)  # where a gap goes, or that the question is of a set
_BEYOND = 2**31 - 1  # a place above every threshold's
_BLOCK = 64  # rows that fall through one tree together


class Forest(NamedTuple):
    """roots, depths  int32[trees]: first node, and steps to the deepest leaf
    left, asks, limit  int32[nodes]: the left child (the right one follows it), and which question's answer is compared
                       with which limit. A leaf is its own left child
    value              float64[nodes]: what a leaf adds
    column, kind       int32[questions]: the column read, and one of `_GAP_LEFT` … `_SET`
    start, cuts        int32[questions + 1], float64: thresholds of each question, ascending; for a set, its words
    """

    roots: np.ndarray
    depths: np.ndarray
    left: np.ndarray
    asks: np.ndarray
    limit: np.ndarray
    value: np.ndarray
    column: np.ndarray
    kind: np.ndarray
    start: np.ndarray
    cuts: np.ndarray

    def score(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: leaves added up in the order of the trees, so with the same bits in a batch of any size.
        rows float64[n, k], C order."""
        out = np.zeros(len(rows))
        _score(rows, *self, out)
        return out

    @classmethod
    def of(cls, packed: Packed) -> Forest:
        """From trees in LightGBM's layout. Raises `ModelError` where zeros stand for gaps, or a tree runs in a circle."""
        asks, limit, questions = _questions(packed)
        left, origin, roots, depths = _side_by_side(packed)
        inner, lists = origin >= 0, [np.array(cuts, np.float64) for _, _, cuts in questions]
        split, leaf = origin[inner], ~origin[~inner]
        asked, limits = np.zeros(len(origin), np.int32), np.full(len(origin), _BEYOND, np.int32)
        asked[inner], limits[inner] = asks[split], limit[split]
        value = np.zeros(len(origin))
        value[~inner] = packed.leaves[leaf]
        return cls(
            roots=roots,
            depths=depths,
            left=left,
            asks=asked,
            limit=limits,
            value=value,
            column=np.array([column for column, _, _ in questions], np.int32),
            kind=np.array([kind for _, kind, _ in questions], np.int32),
            start=np.cumsum([0, *(len(cuts) for cuts in lists)]).astype(np.int32),
            cuts=np.concatenate(lists) if lists else np.empty(0),
        )


Question = tuple[int, int, tuple[float, ...]]
"""The column, the kind, and the thresholds or the words of a set."""


def _questions(packed: Packed) -> tuple[np.ndarray, np.ndarray, list[Question]]:
    """For each split its question and its limit among that question's thresholds; and the questions."""
    if (packed.kind & ZERO_IS_MISSING).any():
        raise ModelError("zeros stand for gaps in these trees")
    keys: list[tuple[int, int, tuple[float, ...]]] = []
    for column, kind, cut in zip(packed.feature.tolist(), packed.kind.tolist(), packed.threshold.tolist(), strict=True):
        if kind & CATEGORY:
            low, high = packed.bounds[int(cut)], packed.bounds[int(cut) + 1]
            keys.append((column, _SET, tuple(packed.bits[low:high].astype(float).tolist())))
        else:
            gap = _GAP_ZERO if not kind & NAN_IS_MISSING else _GAP_LEFT if kind & DEFAULT_LEFT else _GAP_RIGHT
            keys.append((column, gap, ()))
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    asks = np.array([number[key] for key in keys], np.int64)
    limit, questions = np.zeros(len(keys), np.int64), []
    for key, i in number.items():
        if key[1] == _SET:
            questions.append(key)
            continue
        mine = asks == i
        cuts, limit[mine] = np.unique(packed.threshold[mine], return_inverse=True)
        questions.append((key[0], key[1], tuple(cuts.tolist())))
    return asks, limit, questions


def _side_by_side(packed: Packed) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each tree breadth first: left child of each new node (itself at a leaf), the old node (or ~leaf) it was, and each
    tree's first node and depth."""
    left: list[int] = []
    origin: list[int] = []
    roots, depths = [], []
    most = len(packed.feature) + len(packed.leaves)
    for root in packed.roots.tolist():
        roots.append(len(origin))
        origin.append(root)
        level = [0]
        for i in range(most + 1):
            at = roots[-1] + i
            if at == len(origin):
                break
            if len(origin) > most:
                raise ModelError("a tree runs in a circle")
            left.append(at if origin[at] < 0 else len(origin))
            if origin[at] >= 0:
                origin += packed.children[origin[at]].tolist()
                level += [level[i] + 1] * 2
        depths.append(max(level))
    parts = (left, origin, roots, depths)
    made = [np.array(part, np.int32) for part in parts]
    return made[0], made[1], made[2], made[3]


@njit(cache=True, nogil=True)
def _answer(value, kind, cuts, low, high):  # type: ignore[no-untyped-def]
    """How many of cuts[low:high] lie below the value; of a set, 0 inside and 1 outside."""
    if kind == _SET:
        if not -1 < value < 2147483648:  # gaps and unseen categories lie outside
            return 1
        code = np.int64(value)
        word = low + (code >> 5)
        return 0 if word < high and (np.int64(cuts[word]) >> (code & 31)) & 1 else 1
    if value != value:
        if kind == _GAP_LEFT:
            return 0
        if kind == _GAP_RIGHT:
            return high - low
        value = 0.0
    first = low
    while low < high:
        middle = (low + high) >> 1
        if cuts[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low - first


@njit(cache=True, nogil=True)
def _score(  # type: ignore[no-untyped-def]
    rows, roots, depths, left, asks, limit, value, column, kind, start, cuts, out
):
    answers = np.zeros((_BLOCK, max(1, len(column))), np.int32)
    node = np.zeros(_BLOCK, np.int32)
    for begin in range(0, len(rows), _BLOCK):
        size = min(_BLOCK, len(rows) - begin)
        for r in range(size):
            for q in range(len(column)):
                answers[r, q] = _answer(rows[begin + r, column[q]], kind[q], cuts, start[q], start[q + 1])
        for t in range(len(roots)):
            for r in range(size):
                node[r] = roots[t]
            for _ in range(depths[t]):
                for r in range(size):
                    at = node[r]
                    node[r] = left[at] + (answers[r, asks[at]] > limit[at])
            for r in range(size):
                out[begin + r] += value[node[r]]
