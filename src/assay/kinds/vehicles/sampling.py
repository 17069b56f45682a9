"""A bus ten times a second: what each id last said, so that signals of different ids can be held against one another."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from assay.kinds.vehicles.fields import Field, values_of
from assay.kinds.vehicles.place import place, place_table

STEP = 100_000  # microseconds
SECOND = 10  # steps
MOST_VALUES = 20_000_000  # of all ids together: eleven hours of fifty
_STALE = 1_000_000
_BREAK = 1_000_000


class Samples(NamedTuple):
    """`time` int64[steps] microseconds; `data` uint64[ids, steps]; `fresh` bool[ids, steps]: said within the last second."""

    ids: np.ndarray
    time: np.ndarray
    data: np.ndarray
    fresh: np.ndarray

    def row(self, id_: int) -> int:
        """Of an id among `ids`, -1 where it is none of them."""
        at = int(np.searchsorted(self.ids, id_))
        return at if at < len(self.ids) and int(self.ids[at]) == id_ else -1

    def part(self, start: int, end: int) -> Samples:
        """The steps from `start` to before `end`."""
        return Samples(self.ids, self.time[start:end], self.data[:, start:end], self.fresh[:, start:end])

    def values(self, id_: int, field: Field) -> np.ndarray:
        """float64[steps], NaN where it is not sure; of an id that is not sampled, zeros."""
        row = self.row(id_)
        return np.zeros(len(self.time)) if row < 0 else values_of(self.data[row], field, np.nan)


def sampled(frames: np.ndarray, ids: np.ndarray) -> Samples:
    """Of FRAME[n] and uint32[ids] sorted. A pause of more than a second, or a clock set back, is a second of staleness."""
    time = frames["time"]
    gaps = np.diff(time)
    steps = int(np.minimum(np.maximum(gaps, 0), 2 * _BREAK).sum() // STEP) + 2 if len(time) else 0
    steps += (SECOND + 1) * int(((gaps > _BREAK) | (gaps < -_BREAK)).sum())
    steps = min(steps, MOST_VALUES // max(len(ids), 1))
    at, data = np.zeros(steps, np.int64), np.zeros((len(ids), steps), np.uint64)
    fresh = np.zeros((len(ids), steps), np.bool_)
    n = _sample(time, frames["id"], frames["flags"], frames["data"], place_table(ids), ids, at, data, fresh)
    return Samples(ids, at[:n], data[:, :n], fresh[:, :n])


@njit(cache=True, nogil=True)
def _sample(time, frame_id, flags, payload, table, ids, at, data, fresh):
    k, n, most = len(ids), 0, len(at)
    value, said = np.zeros(k, np.uint64), np.full(k, -(1 << 62), np.int64)
    now = -1
    due = 0
    for f in range(len(time)):
        t = time[f]
        if flags[f] & 5:
            continue
        if now < 0:
            now = t
            due = t + STEP
        elif abs(t - now) > _BREAK:
            said[:] = -(1 << 62)
            for _ in range(SECOND + 1):
                if n < most:
                    at[n] = t
                    n += 1
            now = t
            due = t + STEP
        elif t > now:
            now = t
        while now >= due:
            if n < most:
                at[n] = due
                for i in range(k):
                    data[i, n] = value[i]
                    fresh[i, n] = due - said[i] < _STALE
                n += 1
            due += STEP
        i = place(frame_id[f], table, ids)
        if i >= 0:
            value[i], said[i] = payload[f], now
    return n


__all__ = ["SECOND", "STEP", "Samples", "sampled"]
