"""Distinct values of a window, counted as they enter and leave: one hash table for every key, window and value."""

from __future__ import annotations

import numpy as np

from assay.profiles.compiled import kernel
from assay.profiles.memory import GOLDEN, HALF, VALUES, WANTED_VALUES, find


@kernel
def identity(key, distinct, value):  # type: ignore[no-untyped-def]
    """64 bits that stand for one value in one window of one key (as entity keys do, collisions are left to chance)."""
    h = (np.uint64(key) ^ (np.uint64(value) * GOLDEN)) + np.uint64(distinct + 1) * np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> HALF
    h *= np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> HALF
    h *= np.uint64(0xD6E8FEB86659FD93)
    h ^= h >> HALF
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
            home = np.int64((np.uint64(values[place, 0]) * GOLDEN) >> HALF) & mask
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
