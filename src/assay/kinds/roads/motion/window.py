"""What the last messages of one sender say together: do positions add up to speeds, and speeds to accelerations?"""

from __future__ import annotations

import math

from numba import njit

from assay.kinds.roads.motion.layout import AT, PAST, A, H, T, V, X, Y

_NET, _GAIN, _REPEAT, _FIT, _SPAN = AT["net"], AT["gain"], AT["repeat"], AT["fit"], AT["span"]
_LEAST = 4  # messages
_LIVELY = 0.5  # (m/s)², of speed gained and lost, below which accelerations cannot be held against speeds


@njit(cache=True, nogil=True)
def over_window(past, count, out):  # type: ignore[no-untyped-def]
    """past float64[PAST, MESSAGE], a ring; the newest of `count` messages is entry (count - 1) % PAST. Fills metres by which
    positions and speeds disagree, m/s by which speeds and accelerations do, the share of messages that repeat the last while they say to speed up or brake, and the
    natural logarithm of how many times too large or small accelerations are."""
    n = min(count, PAST)
    if n < _LEAST:
        return
    first = (count - n) % PAST
    ex = ey = gain = gain_kinder = fitted = driven = kinder = driven_kinder = 0.0
    same = 0
    for j in range(1, n):
        was, now = past[(first + j - 1) % PAST], past[(first + j) % PAST]
        dt, dv = now[T] - was[T], now[V] - was[V]
        ex += now[X] - was[X] - 0.5 * dt * (was[V] * math.sin(was[H]) + now[V] * math.sin(now[H]))
        ey += now[Y] - was[Y] - 0.5 * dt * (was[V] * math.cos(was[H]) + now[V] * math.cos(now[H]))
        told = now[A] * dt
        gain += dv - told
        fitted, driven = fitted + dv * told, driven + told * told
        told = 0.5 * (was[A] + now[A]) * dt
        gain_kinder += dv - told
        kinder, driven_kinder = kinder + dv * told, driven_kinder + told * told
        if now[V] > 0.5 and abs(now[A]) >= 0.05 and now[V] == was[V] and now[H] == was[H] and now[A] == was[A]:
            same += 1
    span = past[(first + n - 1) % PAST, T] - past[first, T]
    if span <= 0:
        return
    out[_SPAN], out[_NET] = span, math.sqrt(ex * ex + ey * ey)
    out[_GAIN] = min(abs(gain), abs(gain_kinder))
    out[_REPEAT] = same / (n - 1)
    if driven > _LIVELY and driven_kinder > _LIVELY:
        off = abs(math.log(max(0.05, min(20.0, fitted / driven))))
        out[_FIT] = min(off, abs(math.log(max(0.05, min(20.0, kinder / driven_kinder)))))


__all__ = ["over_window"]
