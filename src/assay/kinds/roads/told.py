"""Which of many doubtful messages of one sender are told: the first, any that adds a new reason, and one every ten seconds for
as long as it goes on. A sender that lies ten times a second is one thing that happened, and no ten records a second.
"""

from __future__ import annotations

import numpy as np
from numba import njit

PLACES = 1 << 16  # senders remembered; of two that fall on one place the later is remembered
EVERY = 10.0  # seconds
FORGOTTEN = 300.0  # seconds of silence after which all is told anew


@njit(cache=True, nogil=True)
def _choose(rows, key, time, bits, whose, known, last, out):  # type: ignore[no-untyped-def]
    for i in rows:
        if key[i] == 0:
            out[i] = True
            continue
        place = int(key[i] % np.uint64(PLACES))
        if whose[place] != key[i] or abs(time[i] - last[place]) > FORGOTTEN:
            whose[place], known[place], last[place] = key[i], 0, -1e18
        if bits[i] & ~known[place] or abs(time[i] - last[place]) >= EVERY:
            out[i] = True
            known[place] |= bits[i]
            last[place] = time[i]


class Told:
    """What was told of whom; bounded."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As if nothing was told yet."""
        self.whose, self.known = np.zeros(PLACES, np.uint64), np.zeros(PLACES, np.uint64)
        self.last = np.full(PLACES, -1e18)

    def choose(self, key: np.ndarray, time: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """bool[n]: which rows are told. key uint64[n] of senders (0: nobody is named, and then all is told); time float64[n]
        seconds; bits uint64[n], one for each reason, 0 where there is none."""
        out = np.zeros(len(bits), np.bool_)
        rows = np.flatnonzero(bits)
        if len(rows):
            _choose(rows, key, time, bits, self.whose, self.known, self.last, out)
        return out

    def kept(self) -> dict[str, np.ndarray]:
        """What is remembered, as plain arrays."""
        used = np.flatnonzero(self.whose)
        return {"used": used, "whose": self.whose[used], "known": self.known[used], "last": self.last[used]}

    def bring_back(self, told: dict[str, np.ndarray]) -> None:
        """The inverse of `kept`; raises `KeyError`, `IndexError` or `ValueError` for anything else."""
        for name in ("whose", "known", "last"):
            getattr(self, name)[told["used"]] = told[name]


__all__ = ["Told"]
