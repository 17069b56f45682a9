"""Which of many doubtful messages of one sender are told: the first, any that adds a new reason, and one every ten seconds for
as long as it goes on. A sender that lies ten times a second is one thing that happened, and no ten records a second.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from assay.kinds.roads.motion.layout import SENDERS

EVERY = 10.0  # seconds
FORGOTTEN = 300.0  # seconds of silence after which all is told anew


@njit(cache=True, nogil=True)
def _choose(rows, slots, key, time, bits, whose, known, last, out):  # type: ignore[no-untyped-def]
    for i in rows:
        slot = slots[i]
        if slot < 0:
            out[i] = True
            continue
        if whose[slot] != key[i] or abs(time[i] - last[slot]) > FORGOTTEN:
            whose[slot], known[slot], last[slot] = key[i], 0, -1e18
        if bits[i] & ~known[slot] or abs(time[i] - last[slot]) >= EVERY:
            out[i] = True
            known[slot] |= bits[i]
            last[slot] = time[i]


class Told:
    """What was told of each sender in the table; bounded as the table is."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.whose, self.known = np.zeros(SENDERS, np.uint64), np.zeros(SENDERS, np.uint64)
        self.last = np.full(SENDERS, -1e18)

    def choose(self, slots: np.ndarray, key: np.ndarray, time: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """bool[n]: which rows are told. time float64[n] seconds; bits uint64[n], one for each reason, 0 where there is none.
        What has no sender is always told."""
        out = np.zeros(len(bits), np.bool_)
        rows = np.flatnonzero(bits)
        if len(rows):
            _choose(rows, slots, key, time, bits, self.whose, self.known, self.last, out)
        return out


__all__ = ["Told"]
