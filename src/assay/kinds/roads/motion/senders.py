"""Finding a sender's place in a table of bounded size: sets of eight, in each of which whoever was silent longest gives way.

So a flood of made-up senders costs what any other message costs, and no more memory; what it can push out are others' pasts.
"""

from __future__ import annotations

from numba import njit

from assay.kinds.roads.motion.layout import LAST, SETS, WAYS


@njit(cache=True, nogil=True)
def place(keys, state, key):  # type: ignore[no-untyped-def]
    """(slot, is it new to the table). `key` is not 0."""
    first = int(key % SETS) * WAYS
    free, oldest = -1, first
    for slot in range(first, first + WAYS):
        if keys[slot] == key:
            return slot, False
        if keys[slot] == 0:
            if free < 0:
                free = slot
        elif state[slot, LAST] < state[oldest, LAST] or keys[oldest] == 0:
            oldest = slot
    return (free if free >= 0 else oldest), True


__all__ = ["place"]
