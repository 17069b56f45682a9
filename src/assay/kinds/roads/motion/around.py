"""Who else is there: a hashed grid of senders by place, and what their last messages say of this one.

Two bodies cannot be in one place; and two drivers do not brake and steer as one, second after second, unless one of them is
made up of the other (Sybil).
"""

from __future__ import annotations

import math

from numba import njit

from assay.kinds.roads.motion.layout import AT, CELL, COMPANION, COUNT, LAST, PAST, A, H, T, V, X, Y
from assay.kinds.roads.motion.step import between

CELLS = 1 << 15
ROOM = 24  # senders of one cell; where there are more, whoever was silent longest gives way
REACH = 60.0  # metres: also the side of a cell
FRESH = 1.6  # seconds
_BODY_LONG, _BODY_WIDE = 4.2, 1.7  # metres between centres below which two cars share a place, noise allowed for
_NEAREST, _OVERLAP, _OTHERS = AT["nearest"], AT["overlap"], AT["others"]
_COMPANION, _DRIFT = AT["companion"], AT["companion_drift"]
_SPEED, _TURN, _ACCEL = 0.4, 1.5, 0.25  # m/s, degrees, m/s²: how far two senders' noise sets them apart


@njit(cache=True, nogil=True)
def cell_of(x, y):  # type: ignore[no-untyped-def]
    """The cell of a place, 0 <= cell < CELLS."""
    cx, cy = math.floor(x / REACH), math.floor(y / REACH)
    return ((cx * 73856093) ^ (cy * 19349663)) & (CELLS - 1)


@njit(cache=True, nogil=True)
def settle(grid, state, slot, cell):  # type: ignore[no-untyped-def]
    """The sender is in this cell now, and in no other."""
    before = int(state[slot, CELL])
    if before == cell:
        return
    leave(grid, state, slot)
    free, oldest = -1, 0
    for i in range(ROOM):
        there = grid[cell, i]
        if there < 0 or int(state[there, CELL]) != cell:
            free = i
            break
        if state[there, LAST] < state[grid[cell, oldest], LAST]:
            oldest = i
    at = free if free >= 0 else oldest
    if grid[cell, at] >= 0 and free < 0:
        state[grid[cell, at], CELL] = -1
    grid[cell, at] = slot
    state[slot, CELL] = cell


@njit(cache=True, nogil=True)
def leave(grid, state, slot):  # type: ignore[no-untyped-def]
    before = int(state[slot, CELL])
    if before >= 0:
        for i in range(ROOM):
            if grid[before, i] == slot:
                grid[before, i] = -1
    state[slot, CELL] = -1


@njit(cache=True, nogil=True)
def look_around(grid, scratch, state, past, heard, slot, now, out):  # type: ignore[no-untyped-def]
    """Fills what neighbours say; returns the slot of the companion, -1: none. scratch int64[9]."""
    nearest, body, best = 1e9, 0.0, 1e9
    companion, c_along, c_across = -1, 0.0, 0.0
    others = 0
    east, north = math.sin(now[H]), math.cos(now[H])
    looked = 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            cell = cell_of(now[X] + i * REACH, now[Y] + j * REACH)
            again = False
            for k in range(looked):  # two of the nine may hash alike
                again |= scratch[k] == cell
            if again:
                continue
            scratch[looked] = cell
            looked += 1
            for k in range(ROOM):
                other = grid[cell, k]
                if other < 0 or other == slot or heard[other] != heard[slot]:
                    continue
                age = now[T] - state[other, LAST]
                if not (-FRESH < age < FRESH):
                    continue
                last = past[other, (int(state[other, COUNT]) - 1) % PAST]
                dx = last[X] + age * last[V] * math.sin(last[H]) - now[X]
                dy = last[Y] + age * last[V] * math.cos(last[H]) - now[Y]
                away = math.sqrt(dx * dx + dy * dy)
                if away > REACH:
                    continue
                others += 1
                nearest = min(nearest, away)
                along, across = dx * east + dy * north, dx * north - dy * east
                share = (1 - abs(along) / _BODY_LONG) if abs(along) < _BODY_LONG else 0.0
                share *= (1 - abs(across) / _BODY_WIDE) if abs(across) < _BODY_WIDE else 0.0
                body = max(body, share)
                if now[V] > 1.5 and last[V] > 1.5:
                    dv = (last[V] - now[V]) / _SPEED
                    dh = math.degrees(between(last[H] - now[H])) / _TURN
                    da = (last[A] - now[A]) / _ACCEL
                    da = 0.0 if math.isnan(da) else da
                    apart = math.sqrt(dv * dv + dh * dh + da * da)
                    if other == int(state[slot, COMPANION]):
                        apart *= 0.7  # who was alike before is compared again
                    if apart < best:
                        best, companion, c_along, c_across = apart, other, along, across
    out[_OTHERS] = others
    if others:
        out[_NEAREST], out[_OVERLAP] = nearest, body
    if companion >= 0:
        out[_COMPANION] = best
        c = COMPANION
        if companion == int(state[slot, c]) and now[T] - state[slot, c + 1] < FRESH * 2:
            dx, dy = c_along - state[slot, c + 2], c_across - state[slot, c + 3]
            out[_DRIFT] = math.sqrt(dx * dx + dy * dy)
    state[slot, COMPANION] = companion
    state[slot, COMPANION + 1], state[slot, COMPANION + 2], state[slot, COMPANION + 3] = now[T], c_along, c_across
    return companion


__all__ = ["CELLS", "ROOM", "cell_of", "leave", "look_around", "settle"]
