"""An isolation forest (Liu, Ting and Zhou 2008) over small whole numbers: what is easily cut off from the rest is unusual.

Whole numbers all the way: splits are on codes 0 to 255 and path lengths are summed in 64ths, so a score is the same to
the bit on every machine, alone or in a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit

UNIT = 64  # path lengths are kept in 64ths of a step


@dataclass(frozen=True)
class Forest:
    """Trees one after another, nodes depth first: the left child follows its parent.

    feature  uint8[nodes], the column a node asks for
    split    uint8[nodes]: a row goes left where its code is below; 0 marks a leaf, from which nothing goes left
    right    int32[nodes]: the right child's index; a leaf's is its own, so a row may rest there
    length   int32[nodes]: at a leaf, the path length in 64ths
    roots    int64[trees]
    """

    feature: npt.NDArray[np.uint8]
    split: npt.NDArray[np.uint8]
    right: npt.NDArray[np.int32]
    length: npt.NDArray[np.int32]
    roots: npt.NDArray[np.int64]
    depth: int

    def paths(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """int64[n]: summed path length over the trees, in 64ths; the shorter, the more unusual."""
        out: npt.NDArray[np.int64] = np.zeros(len(codes), np.int64)
        _paths(codes, self._nodes, self.length, self.roots, self.depth, out)
        return out

    @cached_property
    def _nodes(self) -> npt.NDArray[np.uint64]:
        """A node as one word: the right child from bit 16 on, the column from bit 8 on, the split."""
        right, feature = self.right.astype(np.uint64), self.feature.astype(np.uint64)
        nodes: npt.NDArray[np.uint64] = right << np.uint64(16) | feature << np.uint64(8) | self.split
        return nodes

    def scores(self, codes: npt.NDArray[np.uint8], weights: tuple[int, int]) -> npt.NDArray[np.int64]:
        """int64[n]: the first weight times the path length, less the second times the sum of the codes."""
        out = self.paths(codes)
        _less_sum(codes, weights[0], weights[1], out)
        return out

    def check(self, columns: int) -> None:
        """Raises `ValueError` unless every walk through the trees stays inside them (a model file may be damaged)."""
        n, here = len(self.feature), np.arange(len(self.feature))
        leaf = self.split == 0
        sound = (
            len(self.split) == len(self.right) == len(self.length) == n > 0
            and len(self.roots) > 0
            and 0 <= self.roots.min() <= self.roots.max() < n
            and (self.feature[~leaf] < columns).all()
            and (self.feature[leaf] == 0).all()
            and ((self.right >= here) & (self.right < n)).all()
            and (here[~leaf] + 1 < n).all()
            and columns > 0
        )
        if not sound:
            raise ValueError("the trees do not hang together")


def grow(codes: npt.NDArray[np.uint8], rng: np.random.Generator, *, trees: int, sample: int) -> Forest:
    """Trees over random samples of the rows (uint8[n, columns], at most 255 columns)."""
    size = min(sample, len(codes))
    depth = max(1, int(np.ceil(np.log2(max(2, size)))))
    made, roots, first = [], [], 0
    for _ in range(trees):
        rows = codes[rng.choice(len(codes), size, replace=False)]
        feature, split, right, length = _tree(rows, depth, int(rng.integers(1, 2**62)))
        roots.append(first)
        made.append((feature, split, right + first, length))
        first += len(feature)
    feature, split, right, length = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return Forest(feature, split, right.astype(np.int32), length.astype(np.int32), np.array(roots, np.int64), depth)


@njit(cache=True, nogil=True)
def _next(state):  # type: ignore[no-untyped-def]
    # splitmix64 (Steele, Lea and Flood 2014): our own, so that trees do not depend on a library's generator
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def _rest(count):  # type: ignore[no-untyped-def]
    """Mean steps that a search among `count` more rows would take (the c(n) of the paper), in 64ths."""
    if count <= 1:
        return 0
    harmonic = 0.0
    for k in range(1, count):
        harmonic += 1.0 / k
    return int(np.rint((2.0 * harmonic - 2.0 * (count - 1) / count) * 64))


@njit(cache=True, nogil=True)
def _tree(rows, depth, seed):  # type: ignore[no-untyped-def]
    n, width = rows.shape
    state = np.array([seed], np.uint64)
    most = 2 * n
    feature, split = np.zeros(most, np.uint8), np.zeros(most, np.uint8)
    right, length = np.arange(most), np.zeros(most, np.int64)
    order = np.arange(n)
    tries = np.arange(width)
    # Parts still to be made, a stack: first row, last row + 1, depth, parent that waits for its right child (or -1).
    stack = np.empty((2 * depth + 8, 4), np.int64)
    stack[0] = (0, n, 0, -1)
    waiting, node = 1, 0
    while waiting:
        waiting -= 1
        start, stop, level, parent = stack[waiting]
        if parent >= 0:
            right[parent] = node
        chosen, low, high = -1, 0, 0
        if level < depth and stop - start > 1:
            for left in range(width, 0, -1):  # columns in random order until one still varies
                at = np.int64(_next(state) % np.uint64(left))
                column = tries[at]
                tries[at], tries[left - 1] = tries[left - 1], column
                low, high = 255, 0
                for r in range(start, stop):
                    x = rows[order[r], column]
                    low, high = min(low, x), max(high, x)
                if low < high:
                    chosen = column
                    break
        if chosen < 0:
            length[node] = level * 64 + _rest(stop - start)
            node += 1
            continue
        cut = low + 1 + np.int64(_next(state) % np.uint64(high - low))
        feature[node], split[node] = chosen, cut
        middle = start
        for r in range(start, stop):
            if rows[order[r], chosen] < cut:
                order[r], order[middle] = order[middle], order[r]
                middle += 1
        stack[waiting] = (middle, stop, level + 1, node)
        stack[waiting + 1] = (start, middle, level + 1, -1)
        waiting += 2
        node += 1
    return feature[:node], split[:node], right[:node], length[:node]


@njit(cache=True, nogil=True)
def _paths(codes, nodes, length, roots, depth, out):  # type: ignore[no-untyped-def]
    n = codes.shape[0]
    # Rows go down a tree side by side: one's wait for memory is another's turn.
    at = np.empty(32, np.uint64)
    for start in range(0, n, 32):
        block = min(32, n - start)
        for root in roots:
            at[:block] = root
            for _ in range(depth):
                for r in range(block):
                    word = nodes[at[r]]
                    code = np.uint64(codes[start + r, (word >> np.uint64(8)) & np.uint64(255)])
                    at[r] = at[r] + np.uint64(1) if code < (word & np.uint64(255)) else word >> np.uint64(16)
            for r in range(block):
                out[start + r] += length[at[r]]


@njit(cache=True, nogil=True)
def _less_sum(codes, path_weight, code_weight, out):  # type: ignore[no-untyped-def]
    for i in range(codes.shape[0]):
        total = 0
        for j in range(codes.shape[1]):
            total += codes[i, j]
        out[i] = out[i] * path_weight - total * code_weight
