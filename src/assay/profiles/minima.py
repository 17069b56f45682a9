"""Least values of a window: over each ring stands a binary tree of minima, so that any run of events is read in O(log n)."""

from __future__ import annotations

import numpy as np

from assay.profiles.compiled import kernel


@kernel
def plant(memory, offset, capacity, trees):  # type: ignore[no-untyped-def]
    """Builds the trees of minima of one ring anew. `trees`: the event word each is over."""
    for tree in range(len(trees)):
        for node in range(capacity - 1, 0, -1):
            settle(memory, offset, capacity, tree, trees[tree], node)


@kernel
def settle(memory, offset, capacity, tree, word, node):  # type: ignore[no-untyped-def]
    """Sets one node from its two children; True if that changed it."""
    left = 2 * node
    if left >= capacity:
        low = min(memory.arena[offset + left - capacity, word], memory.arena[offset + left + 1 - capacity, word])
    else:
        low = min(memory.trees[offset + left, tree], memory.trees[offset + left + 1, tree])
    changed = memory.trees[offset + node, tree] != low
    memory.trees[offset + node, tree] = low
    return changed


@kernel
def climb(memory, offset, capacity, trees, row):  # type: ignore[no-untyped-def]
    """After ring row `row` (0..capacity-1) was written: its ancestors."""
    for tree in range(len(trees)):
        node = (capacity + row) >> 1
        while node >= 1 and settle(memory, offset, capacity, tree, trees[tree], node):
            node >>= 1


@kernel
def minimum(memory, offset, capacity, tree, word, start, stop):  # type: ignore[no-untyped-def]
    """Least value over events start..stop-1 (positions), O(log n)."""
    low = np.int64(2**63 - 1)
    a, b = start & (capacity - 1), stop - start
    while b > 0:  # at most twice: the range may wrap round the ring
        left, right = a + capacity, min(a + b, capacity) + capacity
        b -= right - left
        a = 0
        while left < right:
            if left & 1:
                low = min(low, leaf_or_node(memory, offset, capacity, tree, word, left))
                left += 1
            if right & 1:
                right -= 1
                low = min(low, leaf_or_node(memory, offset, capacity, tree, word, right))
            left >>= 1
            right >>= 1
    return low


@kernel
def leaf_or_node(memory, offset, capacity, tree, word, node):  # type: ignore[no-untyped-def]
    if node >= capacity:
        return memory.arena[offset + node - capacity, word]
    return memory.trees[offset + node, tree]
