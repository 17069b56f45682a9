"""Labels of replayed history that are not known yet: each waits for the moment it was known, then falls due before the
first event of that moment or later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Pending:
    """Frauds by the moment they become known. known, time (of the event), seq int64[m]; keys uint64[m, labelled kinds].
    In order of known, then seq."""

    known: np.ndarray
    time: np.ndarray
    seq: np.ndarray
    keys: np.ndarray

    @classmethod
    def none(cls, kinds: int) -> Pending:
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, np.empty((0, kinds), np.uint64))

    def __len__(self) -> int:
        return len(self.known)

    def joined(self, other: Pending) -> Pending:
        """Both, in order."""
        order = np.lexsort((np.concatenate([self.seq, other.seq]), np.concatenate([self.known, other.known])))
        return Pending(
            np.concatenate([self.known, other.known])[order],
            np.concatenate([self.time, other.time])[order],
            np.concatenate([self.seq, other.seq])[order],
            np.concatenate([self.keys, other.keys])[order],
        )

    def take(self, rows: np.ndarray | slice) -> Pending:
        return Pending(self.known[rows], self.time[rows], self.seq[rows], self.keys[rows])

    def labels(self, kinds: int) -> np.ndarray:
        """int64[kinds, ·, 4] for each labelled kind: key, time, seq, 1."""
        rows = np.ones((kinds, len(self), 4), np.int64)
        rows[: self.keys.shape[1], :, 0] = self.keys.T.view(np.int64)
        rows[:, :, 1], rows[:, :, 2] = self.time, self.seq
        return rows

    def due(self, clock: np.ndarray, first: int) -> np.ndarray:
        """Before which event of a batch each label falls due; len(clock): not in this batch.

        clock int64[n], the newest event time seen up to each event; `first` is the seq of event 0: a label never comes
        before its own event.
        """
        moment: np.ndarray = np.maximum(np.searchsorted(clock, self.known, side="left"), self.seq - first + 1)
        return moment
