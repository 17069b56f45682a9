"""Where an id stands among the ids of a normal: a table for 11 bits, a search for 29."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

import numpy as np
from numba import njit


def place_table(ids: np.ndarray) -> np.ndarray:
    """int64[2048]: where an 11-bit id is among the sorted ids, or -1."""
    table = np.full(2048, -1, np.int64)
    short = ids < 2048
    table[ids[short]] = np.flatnonzero(short)
    return table


@njit(cache=True, nogil=True)
def place(id_, table, ids):
    """Index of an id, or -1."""
    if id_ < 2048:
        return table[id_]
    low, high = 0, len(ids)
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < id_:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ids) and ids[low] == id_ else -1


__all__ = ["place", "place_table"]
