"""Many trees laid out so that rows fall through them without a branch.

Every number is first replaced by its place among the thresholds that any tree compares it with, so that comparing floats
becomes comparing small integers with the same outcome. A gap takes the lowest place or one beyond the highest, as the
split wants it; a set of categories becomes a number of its own, 0 inside and 1 outside, looked up by code. Then every
split asks the same question, siblings lie side by side, a leaf leads to itself, a node is one word, and the rows of a block
take each step together. (The order of thresholds is the idea of QuickScorer; Lucchese et al., 2015.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import ModelError
from assay.learning.splits import CATEGORY, DEFAULT_LEFT, NAN_IS_MISSING, ZERO_IS_MISSING, Packed

_GAP_LEFT, _GAP_RIGHT, _GAP_ZERO, _SET = range(4)  # where a gap goes, or that the question is of a set
_LEFT, _ASKS = 40, 24  # a node: its left child from bit 40 on, its question from bit 24 on, its limit below
_LOW_LIMIT, _LOW_ASKS = np.uint64(2**24 - 1), np.uint64(2**16 - 1)
_BEYOND = 2**24 - 1  # a limit above every threshold's place
_BLOCK = 64  # rows that fall through one tree together


class Forest(NamedTuple):
    """roots, depths  int32[trees]: first node, and steps to the deepest leaf
    nodes          uint64[nodes]: the left child (the right one follows it), and which question's answer is compared with
                   which limit. A leaf is its own left child
    value          float64[nodes]: what a leaf adds
    column, kind   int32[questions]: the column read, and one of `_GAP_LEFT` … `_SET`
    start, cuts    int32[questions + 1], float64: thresholds of each question, ascending; none for a set
    member, sets   int32[questions]: the row of each set in uint8[sets, codes + 1]: 0 inside, 1 outside; the last column is
                   for every other code, and gaps
    """

    roots: np.ndarray
    depths: np.ndarray
    nodes: np.ndarray
    value: np.ndarray
    column: np.ndarray
    kind: np.ndarray
    start: np.ndarray
    cuts: np.ndarray
    member: np.ndarray
    sets: np.ndarray

    def score(self, rows: np.ndarray) -> np.ndarray:
        """float64[n]: leaves added up in the order of the trees, so with the same bits in a batch of any size.
        rows float64[n, k], C order."""
        out = np.zeros(len(rows))
        _score(rows, *self, out)
        return out

    @classmethod
    def of(cls, packed: Packed) -> Forest:
        """From trees in LightGBM's layout. Raises `ModelError` where zeros stand for gaps, a tree runs in a circle, or there
        are too many nodes."""
        asks, limit, questions = _questions(packed)
        left, origin, roots, depths = _side_by_side(packed)
        cuts = [np.array([] if kind == _SET else numbers, np.float64) for _, kind, numbers in questions]
        if max(len(origin), *(len(each) for each in cuts), 0) >= _BEYOND or len(questions) > _LOW_ASKS:
            raise ModelError("the trees have too many nodes")
        inner = origin >= 0
        split, leaf = origin[inner], ~origin[~inner]
        asked, limits = np.zeros(len(origin), np.uint64), np.full(len(origin), _BEYOND, np.uint64)
        asked[inner], limits[inner] = asks[split], limit[split]
        value = np.zeros(len(origin))
        value[~inner] = packed.leaves[leaf]
        kinds = np.array([kind for _, kind, _ in questions], np.int32)
        return cls(
            roots=roots,
            depths=depths,
            nodes=(left.astype(np.uint64) << np.uint64(_LEFT)) | (asked << np.uint64(_ASKS)) | limits,
            value=value,
            column=np.array([column for column, _, _ in questions], np.int32),
            kind=kinds,
            start=np.cumsum([0, *(len(each) for each in cuts)]).astype(np.int32),
            cuts=np.concatenate(cuts) if cuts else np.empty(0),
            member=(np.cumsum(kinds == _SET) - 1).astype(np.int32),
            sets=_members([words for _, kind, words in questions if kind == _SET]),
        )


def _members(sets: list[tuple[float, ...]]) -> np.ndarray:
    """uint8[sets, codes + 1] of sets given as words of 32 bits; see `Forest`."""
    codes = 32 * max((len(words) for words in sets), default=0)
    out = np.ones((len(sets), codes + 1), np.uint8)
    for row, words in enumerate(sets):
        bits = np.unpackbits(np.array(words, np.uint32).astype("<u4").view(np.uint8), bitorder="little")
        out[row, : len(bits)] = 1 - bits
    return out


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
def _answer(rows, begin, size, column, kind, start, cuts, member, sets, answers):  # type: ignore[no-untyped-def]
    """The answers to every question for some rows, into answers[questions, ·]."""
    last = sets.shape[1] - 1
    for q in range(len(column)):
        low, count, how, read = start[q], start[q + 1] - start[q], kind[q], column[q]
        if how == _SET:
            of = member[q]
            for r in range(size):
                code = rows[begin + r, read]
                answers[q, r] = sets[of, np.int64(code) if -1 < code < last else last]
            continue
        gap = 0 if how == _GAP_LEFT else count
        for r in range(size):
            value = rows[begin + r, read]
            if value != value:
                if how != _GAP_ZERO:
                    answers[q, r] = gap
                    continue
                value = 0.0
            at, left = low, count
            while left > 1:  # always the same number of steps, each without a branch
                half = left >> 1
                at += half if cuts[at + half - 1] < value else 0
                left -= half
            answers[q, r] = at - low + (left == 1 and cuts[at] < value)


@njit(cache=True, nogil=True)
def _score(  # type: ignore[no-untyped-def]
    rows, roots, depths, nodes, value, column, kind, start, cuts, member, sets, out
):
    answers = np.empty((max(1, len(column)), min(len(rows), _BLOCK)), np.uint32)
    answers[0, :] = 0
    node = np.empty(_BLOCK, np.uint32)
    for begin in range(0, len(rows), _BLOCK):
        size = min(_BLOCK, len(rows) - begin)
        _answer(rows, begin, size, column, kind, start, cuts, member, sets, answers)
        for t in range(len(roots)):
            for r in range(size):
                node[r] = roots[t]
            for _ in range(depths[t]):
                for r in range(size):
                    word = nodes[node[r]]
                    said = np.uint64(answers[(word >> np.uint64(_ASKS)) & _LOW_ASKS, r])
                    node[r] = (word >> np.uint64(_LEFT)) + np.uint64(said > (word & _LOW_LIMIT))
            for r in range(size):
                out[begin + r] += value[node[r]]
