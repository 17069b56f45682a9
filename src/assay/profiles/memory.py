"""The memory of one entity kind, as flat arrays: a hash table from key to slot, a state row per key, and one arena in
which each key owns a ring of events. `rings.py` gives those out, `values.py` counts
distinct values, `minima.py` keeps minima, `kernel.py` runs events through.

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

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)


class Memory(NamedTuple):
    """All int64 but one. Grown by replacing arrays with longer copies; never shrunk while running.

    table     [capacity, 2]: key (0 free), slot; open addressing, at most half full
    state     [slots, ·] a row per key
    arena     [rows, ·] rings of events, each a power of two long
    trees     [rows, T] per ring a binary tree of minima over its rows: nodes 1..capacity-1
    values    [capacity, 2]: identity of (key, distinct, value) (0 free), times it is in the window
    free      [48]: first free block of rows of each power of two, -1 none
    vacant    int8 [rows / 2]: where a free block begins, its power of two; else 0
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
    vacant: np.ndarray
    counters: np.ndarray
    chain: np.ndarray
    moment: np.ndarray


@kernel
def find(table, key):  # type: ignore[no-untyped-def]
    """Where in the table this key is, or the free place where it would go."""
    mask = len(table) - 1
    place = np.int64((np.uint64(key) * GOLDEN) >> HALF) & mask
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
