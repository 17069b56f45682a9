"""Vehicles that drive through a made-up town: each follows whoever is before it (the intelligent driver model; Treiber, Hennecke
and Helbing, 2000), slows for curves, stops at red lights, and turns as it likes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from assay.kinds.roads.simulate.streets import POINTS, Streets

STEP = 0.1  # seconds
PHASE = 22.0  # seconds of green
_CURVE = 6.0  # m/s
_LENGTH, _GAP = 4.6, 2.4  # metres
STATE = 5  # x, y, heading (rad clockwise from north), speed, acceleration


@njit(cache=True, nogil=True)
def _at(points, length, edge, s):  # type: ignore[no-untyped-def]
    where = min(max(s / length[edge], 0.0), 0.999999) * (POINTS - 1)
    k = int(where)
    part = where - k
    x0, y0 = points[edge, k, 0], points[edge, k, 1]
    x1, y1 = points[edge, k + 1, 0], points[edge, k + 1, 1]
    return x0 + part * (x1 - x0), y0 + part * (y1 - y0)


@njit(cache=True, nogil=True)
def _ahead(me, edge, after, s, v, live, length, follows, curve, axis, node, second):  # type: ignore[no-untyped-def]
    """Metres to whatever is before a vehicle, and its speed: another vehicle, or a red light."""
    best, speed = 1e9, 0.0
    rest = length[edge[me]] - s[me]
    phase = int((second + 7.0 * node[edge[me]]) / PHASE) % 2
    if not curve[edge[me]] and axis[edge[me]] != phase and rest > 1.0 and rest > v[me] * v[me] / 8.0:
        best = rest + _LENGTH
    for other in range(len(s)):
        if other == me or not live[other]:
            continue
        gap = 1e9
        if edge[other] == edge[me] and s[other] > s[me]:
            gap = s[other] - s[me]
        elif edge[other] == after[me]:
            gap = rest + s[other]
        elif curve[after[me]] and edge[other] == follows[after[me], 0]:
            gap = rest + length[after[me]] + s[other]
        if gap < best:
            best, speed = gap, v[other]
    return best - _LENGTH, speed


@njit(cache=True, nogil=True)
def _drive(points, length, follows, curve, axis, node, begin, end, wish, first, place, dice, steps):  # type: ignore[no-untyped-def]
    n = len(begin)
    track = np.full((n, steps, STATE), np.nan, np.float64)
    edge, after, s, v, a = first.copy(), np.zeros(n, np.int64), place.copy(), np.zeros(n), np.zeros(n)
    live, thrown = np.zeros(n, np.bool_), np.zeros(n, np.int64)
    for i in range(n):
        after[i] = follows[edge[i], int(dice[i, 0] * 3) % max(1, _options(follows, edge[i]))]
    for k in range(steps):
        second = k * STEP
        for i in range(n):
            if not live[i] and begin[i] <= second < end[i]:
                clear = True
                for j in range(n):
                    clear &= not (live[j] and edge[j] == edge[i] and abs(s[j] - s[i]) < 18.0)
                live[i] = clear
                v[i] = 0.6 * wish[i] if clear else 0.0
            elif live[i] and second >= end[i]:
                live[i] = False
                begin[i] = 1e9
        for i in range(n):
            if live[i]:
                gap, lead = _ahead(i, edge, after, s, v, live, length, follows, curve, axis, node, second)
                want = wish[i]
                if curve[edge[i]]:
                    want = min(want, _CURVE)
                elif length[edge[i]] - s[i] < 25.0:
                    want = min(want, _CURVE + 0.25 * (length[edge[i]] - s[i]))
                hold = _GAP + max(0.0, v[i] * 1.3 + v[i] * (v[i] - lead) / 4.5)
                push = 1.8 * (1 - (v[i] / want) ** 4 - (hold / max(gap, 0.5)) ** 2)
                a[i] += 0.35 * (max(-6.0, push) - a[i])
        for i in range(n):
            if not live[i]:
                continue
            before = v[i]
            v[i] = max(0.0, v[i] + a[i] * STEP)
            s[i] += 0.5 * (before + v[i]) * STEP
            if s[i] >= length[edge[i]]:
                s[i] -= length[edge[i]]
                edge[i] = after[i]
                thrown[i] += 1
                many = _options(follows, edge[i])
                after[i] = follows[edge[i], int(dice[i, thrown[i] % dice.shape[1]] * many)]
            x, y = _at(points, length, edge[i], s[i])
            fx, fy = _at(points, length, edge[i], s[i] + 0.4)
            bx, by = _at(points, length, edge[i], s[i] - 0.4)
            track[i, k, 0], track[i, k, 1] = x, y
            track[i, k, 2] = np.arctan2(fx - bx, fy - by) % (2 * np.pi)
            track[i, k, 3], track[i, k, 4] = v[i], (v[i] - before) / STEP
    return track


@njit(cache=True, nogil=True)
def _options(follows, edge):  # type: ignore[no-untyped-def]
    many = 0
    for k in range(follows.shape[1]):
        many += follows[edge, k] >= 0
    return max(many, 1)


def drive(town: Streets, rng: np.random.Generator, vehicles: int, seconds: float) -> np.ndarray:
    """float64[vehicles, steps, STATE], NaN while a vehicle is not there; a step is `STEP` seconds."""
    lanes = np.flatnonzero(~town.curve)
    begin = rng.uniform(0, 0.7 * seconds, vehicles)
    end = begin + rng.uniform(60, 240, vehicles)
    first = rng.choice(lanes, vehicles)
    place = rng.uniform(0.05, 0.6, vehicles) * town.length[first]
    return np.asarray(_drive(
        town.points, town.length, town.follows, town.curve, town.axis, town.node, begin, end, rng.uniform(9, 17, vehicles), first,
        place, rng.random((vehicles, 64)), int(seconds / STEP),
    ))  # fmt: skip


__all__ = ["STATE", "STEP", "drive"]
