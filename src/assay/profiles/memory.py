"""The memory of one entity kind, as flat arrays: a hash table from key to slot, a state row per key, and one arena in
which each key owns a ring of events. Kernels here find keys, give out rings and count distinct values; `kernel.py` fills them.

An event row is `[time, prefix of each fed lane, of each label lane, of each square (low, high), kept words]`, where a
prefix sums the events *before* this one. A state row is `[key, offset, capacity, head, tail, edge positions, totals of
the lanes, (newest dropped, first, value of the newest dropped) per memory, distinct counts]`. Positions count events since the key was new and
never go back; event `i` lies in the ring at `offset + (i & (capacity - 1))`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.profiles.compiled import kernel

KEY, OFFSET, CAPACITY, HEAD, TAIL, EDGES = range(6)
NEVER = np.int64(-(2**63))
# Positions in `counters`; the last two: rows and values that a kernel stopped for want of.
SLOTS, LIVE, ROWS, VALUES, FREE_SLOT, LATE, TOO_LATE, UNMATCHED, LINKED, WANTED_ROWS, WANTED_VALUES = range(11)
COUNTERS = 11

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Memory(NamedTuple):
    """All int64. Grown by replacing arrays with longer copies; never shrunk while running.

    table     [capacity, 2]: key (0 free), slot; open addressing, at most half full
    state     [slots, ·] a row per key
    arena     [rows, ·] rings of events, each a power of two long
    trees     [rows, T] per ring a binary tree of minima over its rows: nodes 1..capacity-1
    values    [capacity, 2]: identity of (key, distinct, value) (0 free), times it is in the window
    free      [40]: first free ring of each power of two, -1 none; a free ring's first word names the next
    counters  [COUNTERS]
    chain     [slots]: the last operation linked to a slot while a batch is sorted by key, else -1
    moment    [E]: where window edges stand at the moment being read
    """

    table: np.ndarray
    state: np.ndarray
    arena: np.ndarray
    trees: np.ndarray
    values: np.ndarray
    free: np.ndarray
    counters: np.ndarray
    chain: np.ndarray
    moment: np.ndarray


@kernel
def find(table, key):  # type: ignore[no-untyped-def]
    """Where in the table this key is, or the free place where it would go."""
    mask = len(table) - 1
    place = np.int64((np.uint64(key) * _GOLDEN) >> _HALF) & mask
    while table[place, 0] != key and table[place, 0] != 0:
        place = (place + 1) & mask
    return place


@kernel
def admit(memory, place, key, edges, lanes, memories):  # type: ignore[no-untyped-def]
    """A fresh slot for a new key; the caller has made sure that there is room."""
    state, counters = memory.state, memory.counters
    slot = counters[FREE_SLOT]
    if slot >= 0:
        counters[FREE_SLOT] = state[slot, OFFSET]
    else:
        slot = counters[SLOTS]
        counters[SLOTS] = slot + 1
    counters[LIVE] += 1
    for j in range(state.shape[1]):
        state[slot, j] = 0
    state[slot, KEY] = key
    for j in range(memories):
        state[slot, EDGES + edges + lanes + 3 * j] = NEVER
        state[slot, EDGES + edges + lanes + 3 * j + 1] = NEVER
    memory.chain[slot] = -1
    memory.table[place, 0] = key
    memory.table[place, 1] = slot
    return slot


@kernel
def dismiss(memory, slot):  # type: ignore[no-untyped-def]
    """Gives back a slot and its ring. The table still names it: `retable` afterwards."""
    state, counters = memory.state, memory.counters
    release(memory, state[slot, OFFSET], state[slot, CAPACITY])
    state[slot, KEY] = 0
    state[slot, OFFSET] = counters[FREE_SLOT]
    counters[FREE_SLOT] = slot
    counters[LIVE] -= 1


@kernel
def copy_row(target, to, source, row):  # type: ignore[no-untyped-def]
    for j in range(source.shape[1]):
        target[to, j] = source[row, j]


@kernel
def retable(table, state, slots):  # type: ignore[no-untyped-def]
    """Fills an empty table from the state rows."""
    for slot in range(slots):
        key = state[slot, KEY]
        if key != 0:
            place = find(table, key)
            table[place, 0] = key
            table[place, 1] = slot


@kernel
def power(capacity):  # type: ignore[no-untyped-def]
    """log2 of a power of two."""
    bits = 0
    while (1 << bits) < capacity:
        bits += 1
    return bits


@kernel
def release(memory, offset, capacity):  # type: ignore[no-untyped-def]
    if capacity > 0:
        bits = power(capacity)
        memory.arena[offset, 0] = memory.free[bits]
        memory.free[bits] = offset


@kernel
def widen(memory, slot, trees):  # type: ignore[no-untyped-def]
    """Moves a key's events to a ring twice as long (2 at first). False, with nothing changed, when the arena is full."""
    state, arena, counters = memory.state, memory.arena, memory.counters
    old, capacity = state[slot, OFFSET], state[slot, CAPACITY]
    bigger = max(2, 2 * capacity)
    bits = power(bigger)
    offset = memory.free[bits]
    if offset >= 0:
        memory.free[bits] = arena[offset, 0]
    else:
        offset = counters[ROWS]
        if offset + bigger > len(arena):
            counters[WANTED_ROWS] = bigger
            return False
        counters[ROWS] = offset + bigger
    for i in range(state[slot, HEAD], state[slot, TAIL]):
        copy_row(arena, offset + (i & (bigger - 1)), arena, old + (i & (capacity - 1)))
    state[slot, OFFSET] = offset
    state[slot, CAPACITY] = bigger
    release(memory, old, capacity)
    plant(memory, offset, bigger, trees)
    return True


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


@kernel
def identity(key, distinct, value):  # type: ignore[no-untyped-def]
    """64 bits that stand for one value in one window of one key (as entity keys do, collisions are left to chance)."""
    h = (np.uint64(key) ^ (np.uint64(value) * _GOLDEN)) + np.uint64(distinct + 1) * np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> _HALF
    h *= np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> _HALF
    h *= np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> _HALF
    return np.int64(h) if h != np.uint64(0) else np.int64(1)


@kernel
def ample(memory, more):  # type: ignore[no-untyped-def]
    """Whether `more` values can enter; if not, says so in the counters."""
    enough = 2 * (memory.counters[VALUES] + more) <= len(memory.values)
    if not enough:
        memory.counters[WANTED_VALUES] = more
    return enough


@kernel
def enter(memory, id_):  # type: ignore[no-untyped-def]
    """One more of this value; 1 if it is new to the window."""
    values = memory.values
    place = find(values, id_)
    values[place, 1] += 1
    if values[place, 0] == 0:
        values[place, 0] = id_
        memory.counters[VALUES] += 1
        return 1
    return 0


@kernel
def leave(memory, id_):  # type: ignore[no-untyped-def]
    """One less of this value; 1 if that was the last."""
    values = memory.values
    place = find(values, id_)
    values[place, 1] -= 1
    if values[place, 1] > 0:
        return 0
    memory.counters[VALUES] -= 1
    mask = len(values) - 1
    hole = place
    while True:  # close the gap (Knuth 6.4, algorithm R), so that no tombstones pile up
        values[hole, 0] = 0
        values[hole, 1] = 0
        while True:
            place = (place + 1) & mask
            if values[place, 0] == 0:
                return 1
            home = np.int64((np.uint64(values[place, 0]) * _GOLDEN) >> _HALF) & mask
            if (place - home) & mask >= (place - hole) & mask:
                break
        values[hole, 0] = values[place, 0]
        values[hole, 1] = values[place, 1]
        hole = place


@kernel
def rehash(values, bigger):  # type: ignore[no-untyped-def]
    """Moves every counted value to a bigger table."""
    for i in range(len(values)):
        if values[i, 0] != 0:
            place = find(bigger, values[i, 0])
            bigger[place, 0] = values[i, 0]
            bigger[place, 1] = values[i, 1]
