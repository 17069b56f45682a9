"""Messages said again: the same state, to the last digit of the wire, from another sender or much later; and messages that come
long after they say they were made.

One equal state is chance (two cars on one lane at one speed); three running, each as much later as the one before, are a replay.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from assay.kinds.roads.motion.layout import AT, ECHO, LAGGED, A, D, H, T, V, X, Y

PLACES = 1 << 18
_ECHO, _LATE = AT["echo"], AT["late"]
_LEAST = 1.0  # seconds later than the first of it
_SWAY = 0.6  # seconds by which the lateness of a replay sways
TURN = 20.0
LAGS = 63  # deliveries of which the median is the usual one: a receiver's clock may be wrong by any amount
ECHOES = np.dtype([("tag", np.uint64), ("name", np.uint64), ("time", np.float64)])


def new_echoes() -> np.ndarray:
    """Nothing was said yet."""
    return np.zeros(PLACES, ECHOES)


def new_lags() -> np.ndarray:
    """float64[LAGS + 1]: how many there are, then delivery times, a ring."""
    return np.zeros(LAGS + 1)


@njit(cache=True, nogil=True)
def _mixed(value, number):  # type: ignore[no-untyped-def]
    value = (value ^ np.uint64(number)) * np.uint64(0x9E3779B97F4A7C15)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def listen(echoes, name, me, now, out):  # type: ignore[no-untyped-def]
    """How many messages running of this sender were said before, by one other or by itself, each equally long ago. Only lively
    ones count: at rest, or with nothing measured, everybody says the same."""
    if not (now[V] > 0.5 and math.isfinite(now[H]) and abs(now[A]) >= 0.05):
        return
    tag = _mixed(np.uint64(0), np.int64(round(now[X] * 100)))
    tag = _mixed(tag, np.int64(round(now[Y] * 100)))
    tag = _mixed(tag, np.int64(round(now[V] * 50)))
    tag = _mixed(tag, np.int64(round(now[H] * 4583.66)))  # 0.0125 degrees
    tag = _mixed(tag, np.int64(round(now[A] * 100)))
    first = echoes[tag & np.uint64(PLACES - 1)]
    if first["tag"] == tag and now[T] - first["time"] >= _LEAST:
        later, whose = now[T] - first["time"], np.float64(first["name"] >> np.uint64(12))
        same = me[ECHO] == whose and abs(later - me[ECHO + 1]) < _SWAY
        me[ECHO + 2] = me[ECHO + 2] + 1 if same else 1
        me[ECHO], me[ECHO + 1] = whose, later
    else:
        me[ECHO + 2] = 0.0
        first["tag"], first["name"], first["time"] = tag, name, now[T]
    out[_ECHO] = me[ECHO + 2]


@njit(cache=True, nogil=True)
def lateness(lags, me, now, out):  # type: ignore[no-untyped-def]
    """Seconds by which a message came later than messages usually do here; negative: it was made in the future. What is usual is
    the median of the last `LAGS` deliveries, each sender's counted once in `TURN` seconds, so that a few loud ones do not decide."""
    if not math.isfinite(now[D]):
        return
    count = int(lags[0])
    if me[LAGGED] == 0.0 or now[T] - me[LAGGED] >= TURN:
        me[LAGGED] = now[T]
        lags[1 + count % LAGS] = now[D]
        count += 1
        lags[0] = count
    n = min(count, LAGS)
    out[_LATE] = now[D] - (np.median(lags[1 : 1 + n]) if n >= 3 else 0.0)


__all__ = ["ECHOES", "lateness", "listen", "new_echoes", "new_lags"]
