"""From what was measured to doubts that compare: metres, m/s and degrees become numbers that are about 1 where a careful rule
would speak, and that know how noisy everybody's positions and speeds are.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from assay.kinds.roads.motion.layout import AT, DOUBTS, NOISY, E, V

_INTERVAL, _PATH, _ACROSS, _CHANGE = AT["interval"], AT["path"], AT["across"], AT["speed_change"]
_COURSE, _SWING, _STILL, _OVERLAP, _COMPANION = AT["course"], AT["swing"], AT["still"], AT["overlap"], AT["companion"]
_NIS_P, _NIS_V, _NET, _GAIN = AT["position_innovation"], AT["velocity_innovation"], AT["net"], AT["gain"]
_REPEAT, _FIT, _ROAD, _KNOWN, _RATE = AT["repeat"], AT["fit"], AT["road_others"], AT["road_known"], AT["rate"]
_ECHO, _SPAN = AT["echo"], AT["span"]
MANY = len(DOUBTS)
MOST = 20.0
_WELL_KNOWN = math.log1p(150.0)
_NOISY = np.array([DOUBTS.index(name) for name in NOISY])
USUAL = np.array([0.075, 0.085, 0.085, 0.125, 0.175, 0.15, 0.1])
"""Median doubts of genuine senders with half a metre and a tenth of a m/s of noise: what is usual is counted in these."""
_LEAST, _MOST, _PACE = 1.0, 4.0, 0.004


@njit(cache=True, nogil=True)
def doubts(out, now, usual, doubt):  # type: ignore[no-untyped-def]
    """Fills doubt float64[MANY], 0 where nothing can be said, at most `MOST`. usual float64[len(NOISY)]: by how much everybody's
    noise is above the least, 1..4."""
    dt = out[_INTERVAL]
    step = 0.0 if dt != dt else now[V] * dt
    room = 0.0 if dt != dt else dt * dt
    blur = now[E]
    doubt[0] = abs(out[_PATH]) / (2.0 + blur + 0.25 * step + room)
    doubt[1] = out[_ACROSS] / (1.5 + blur + 0.2 * step + 0.5 * room)
    doubt[2] = out[_CHANGE] / 1.5
    doubt[3] = max(0.0, out[_STILL]) / 0.6 if step > 3.0 else 0.0
    doubt[4] = max(0.0, out[_SWING] - 2.0) / 9.0
    doubt[5] = out[_COURSE] / 95.0
    doubt[6] = out[_NIS_P] / 5.0
    doubt[7] = out[_NIS_V] / 3.0
    doubt[8] = out[_OVERLAP]
    doubt[9] = max(0.0, 1.0 - out[_COMPANION] / 3.0)
    doubt[10] = 1.0 if out[_KNOWN] > _WELL_KNOWN and out[_ROAD] == 0.0 else 0.0
    doubt[11] = out[_NET] / (1.5 + 1.5 * blur + 1.2 * out[_SPAN])
    doubt[12] = out[_GAIN] / (0.6 + 0.6 * out[_SPAN])  # on a slope an accelerometer leans
    doubt[13] = out[_REPEAT]
    doubt[14] = out[_FIT] / 1.8
    doubt[15] = max(0.0, out[_RATE])  # 1 is e times as often as others
    doubt[16] = out[_ECHO] / 3.0
    for d in range(MANY):
        if not doubt[d] >= 0.0:  # NaN too
            doubt[d] = 0.0
        doubt[d] = min(doubt[d], MOST)
    for k in range(len(_NOISY)):
        doubt[_NOISY[k]] /= usual[k]


@njit(cache=True, nogil=True)
def learn_usual(doubt, usual):  # type: ignore[no-untyped-def]
    """Moves each median of all senders a little towards this message: slowly, and never below or far above the least, so that
    neither a quiet hour nor a crowd of liars changes what is held against anybody."""
    for k in range(len(_NOISY)):
        seen = doubt[_NOISY[k]]  # already divided
        if seen > 0.0:
            usual[k] *= 1.0 + _PACE if seen > USUAL[k] else 1.0 - _PACE
            usual[k] = min(_MOST, max(_LEAST, usual[k]))


__all__ = ["MANY", "MOST", "USUAL", "doubts", "learn_usual"]
