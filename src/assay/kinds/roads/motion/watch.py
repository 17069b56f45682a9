"""Messages in order of arrival to numbers, one row each: the loop that ties steps, windows, neighbours and roads together.

What is remembered depends on the order of messages alone, never on how they were cut into batches. Nothing here knows where
on Earth it is, when it is, or what a sender is called.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from assay.core.keys import pair_keys
from assay.kinds.roads.motion.around import CELLS, ROOM, cell_of, leave, look_around, settle
from assay.kinds.roads.motion.doubt import MANY, doubts, learn_usual
from assay.kinds.roads.motion.echo import lateness, listen, new_echoes, new_lags
from assay.kinds.roads.motion.lanes import COUNTRIES, PLACES, look_at_road, teach
from assay.kinds.roads.motion.layout import (
    AT,
    CELL,
    COMPANION,
    COUNT,
    DOUBTS,
    GAP,
    INTERVAL,
    LAST,
    MEASURES,
    MESSAGE,
    NOISY,
    PAST,
    PEAK,
    PEAK_LIFE,
    SENDERS,
    SIZE,
    SMOOTH,
    SMOOTH_LIFE,
    STATE,
    H,
    L,
    T,
    V,
    W,
    X,
    Y,
)  # fmt: skip
from assay.kinds.roads.motion.senders import place
from assay.kinds.roads.motion.step import begin_filter, compare, filtered
from assay.kinds.roads.motion.window import over_window

_PATH, _RATE, _RESIZED, _PACED = AT["path"], AT["rate"], AT["resized"], AT["pace"]
_OWN = DOUBTS.index("overlap")  # doubts before this one are of the sender's own motion
_TRUSTED = 1.0  # a sender none of whose peaks is above teaches where roads are
_FAST = 60.0  # m/s: further than this in silence nobody gets
_PACE = 0.002  # by which the common interval follows those of senders


class Seen(NamedTuple):
    """measures float64[n, MEASURES], NaN where nothing can be said; now, peak, mean float64[n, DOUBTS]; slot int64[n] of each
    sender, -1 for none; fresh bool[n]: was the message new, or out of order or said before; key uint64[n] of the sender as heard
    by its receiver, companion that of whoever moves most like it (0: nobody)."""

    measures: np.ndarray
    now: np.ndarray
    peak: np.ndarray
    mean: np.ndarray
    slot: np.ndarray
    fresh: np.ndarray
    companion: np.ndarray
    key: np.ndarray

    def take(self, rows: np.ndarray) -> Seen:
        """These rows."""
        return Seen(*(array[rows] for array in self))


@njit(cache=True, nogil=True)
def _enter(keys, heard, state, grid, slot, key, receiver):  # type: ignore[no-untyped-def]
    leave(grid, state, slot)
    keys[slot], heard[slot] = key, receiver
    state[slot, :] = 0.0
    state[slot, INTERVAL], state[slot, COMPANION], state[slot, CELL] = np.nan, -1.0, -1.0


@njit(cache=True, nogil=True)
def _paced(me, dt, common, out):  # type: ignore[no-untyped-def]
    """How much more often it speaks than senders usually do, as a natural logarithm."""
    me[INTERVAL] = dt if math.isnan(me[INTERVAL]) else me[INTERVAL] + 0.2 * (dt - me[INTERVAL])
    if common[0] == 0.0:
        common[0] = me[INTERVAL]
    common[0] *= 1.0 + _PACE if me[INTERVAL] > common[0] else 1.0 - _PACE
    if me[COUNT] >= 3:
        out[_RATE], out[_PACED] = math.log(common[0] / me[INTERVAL]), me[INTERVAL]


@njit(cache=True, nogil=True)
def _sized(me, now, out):  # type: ignore[no-untyped-def]
    """Metres by which length and width are not those told first: a car does not grow."""
    if now[L] > 0 and now[W] > 0:
        if me[SIZE] > 0:
            out[_RESIZED] = abs(now[L] - me[SIZE]) + abs(now[W] - me[SIZE + 1])
        else:
            me[SIZE], me[SIZE + 1] = now[L], now[W]


@njit(cache=True, nogil=True)
def _remember(me, doubt, age, peak, mean):  # type: ignore[no-untyped-def]
    """Peaks and means move on; is the sender's own motion beyond doubt?"""
    fade, blend = math.exp(-age / PEAK_LIFE), 1.0 - math.exp(-age / SMOOTH_LIFE)
    trusted = True
    for d in range(MANY):
        me[PEAK + d] = max(doubt[d], me[PEAK + d] * fade)
        me[SMOOTH + d] += blend * (doubt[d] - me[SMOOTH + d])
        peak[d], mean[d] = me[PEAK + d], me[SMOOTH + d]
        trusted &= d >= _OWN or me[PEAK + d] < _TRUSTED
    return trusted


@njit(cache=True, nogil=True)
def _observe(  # type: ignore[no-untyped-def]
    key, receiver, name, rows, keys, heard, state, past, grid, tags, visits, countries, common, usual, echoes, lags,
    measures, nows, peaks, means, slots, fresh, companions,
):  # fmt: skip
    scratch = np.zeros(9, np.int64)
    for i in range(len(key)):
        out, now = measures[i], rows[i]
        slots[i], fresh[i], companions[i] = -1, False, 0
        if key[i] == 0 or not (math.isfinite(now[X]) and math.isfinite(now[Y]) and math.isfinite(now[T])):
            continue
        slot, new = place(keys, state, key[i])
        if new:
            _enter(keys, heard, state, grid, slot, key[i], receiver[i])
        slots[i], me = slot, state[slot]
        lateness(lags, me, now, out)
        count, dt = int(me[COUNT]), now[T] - me[LAST]
        if count and -GAP < dt <= 0.0:  # said before, or out of order: nothing is learnt of it
            peaks[i], means[i] = me[PEAK : PEAK + MANY], me[SMOOTH : SMOOTH + MANY]
            continue
        fresh[i] = True
        moves = math.isfinite(now[V]) and math.isfinite(now[H])
        last = past[slot, (count - 1) % PAST].copy()
        follows = count > 0 and 0.0 < dt <= GAP
        if follows:
            _paced(me, dt, common, out)
            if moves:
                compare(last, now, out)
                filtered(me, now, dt, out)
        elif moves:
            begin_filter(me, now)
            if count and dt > GAP:
                far = math.sqrt((now[X] - last[X]) ** 2 + (now[Y] - last[Y]) ** 2)
                out[_PATH] = max(0.0, far - _FAST * dt - 20.0)
        if not follows:
            count = 0
        past[slot, count % PAST] = now
        me[COUNT], me[LAST] = count + 1, now[T]
        over_window(past[slot], count + 1, out)
        if moves:
            companion = look_around(grid, scratch, state, past, heard, slot, now, out)
            if companion >= 0:
                companions[i] = keys[companion]
            look_at_road(tags, visits, countries, now[X], now[Y], out)
        _sized(me, now, out)
        listen(echoes, name[i], me, now, out)
        settle(grid, state, slot, cell_of(now[X], now[Y]))
        doubts(out, now, usual, nows[i])
        learn_usual(nows[i], usual)
        age = 0.0 if new else max(0.0, min(dt, 600.0))
        trusted = _remember(me, nows[i], age, peaks[i], means[i])
        if moves and trusted and now[V] > 1.0 and follows:
            teach(tags, visits, countries, now[X], now[Y], last[X], last[Y])


class Watch:
    """State of every sender met, and of the roads they drive on; bounded, whatever comes."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As if no message had come yet."""
        self.keys, self.heard = np.zeros(SENDERS, np.uint64), np.zeros(SENDERS, np.uint64)
        self.state, self.past = np.zeros((SENDERS, STATE)), np.zeros((SENDERS, PAST, MESSAGE))
        self.grid = np.full((CELLS, ROOM), -1, np.int32)
        self.tags, self.visits = np.zeros(PLACES, np.uint32), np.zeros(PLACES, np.uint16)
        self.countries = np.zeros(COUNTRIES, np.uint32)
        self.common, self.usual = np.zeros(1), np.ones(len(NOISY))
        self.echoes, self.lags = new_echoes(), new_lags()

    def kept(self) -> dict[str, np.ndarray]:
        """What is remembered as plain arrays: of tables, the places in use and what stands there."""
        told: dict[str, np.ndarray] = {"common": self.common, "usual": self.usual, "lags": self.lags}
        slots = np.flatnonzero(self.keys)
        told |= {"slots": slots} | {n: getattr(self, n)[slots] for n in ("keys", "heard", "state", "past")}
        cells = np.flatnonzero(self.grid >= 0)
        told |= {"cells": cells, "grid": self.grid.ravel()[cells], "countries": self.countries}
        places = np.flatnonzero(self.tags)
        told |= {"places": places, "tags": self.tags[places], "visits": self.visits[places]}
        said = np.flatnonzero(self.echoes["tag"])
        return told | {"said": said} | {f"said_{n}": self.echoes[n][said] for n in ("tag", "name", "time")}

    def bring_back(self, told: dict[str, np.ndarray]) -> None:
        """The inverse of `kept`. Raises `KeyError`, `IndexError` or `ValueError` for anything else, and is then forgetful."""
        try:
            for name in ("common", "usual", "lags", "countries"):
                getattr(self, name)[:] = told[name]
            for name in ("keys", "heard", "state", "past"):
                getattr(self, name)[told["slots"]] = told[name]
            self.grid.ravel()[told["cells"]] = told["grid"]
            self.tags[told["places"]], self.visits[told["places"]] = told["tags"], told["visits"]
            for name in ("tag", "name", "time"):
                self.echoes[name][told["said"]] = told[f"said_{name}"]
        except (KeyError, IndexError, ValueError):
            self.forget()
            raise

    def observe(self, name: np.ndarray, receiver: np.ndarray, rows: np.ndarray) -> Seen:
        """name, receiver uint64[n]: keys of who speaks and who heard it (0: unknown); rows float64[n, MESSAGE], NaN where a message does not say."""
        n = len(name)
        key = np.where(receiver != 0, pair_keys(receiver, name), name)
        seen = Seen(
            np.full((n, len(MEASURES)), np.nan), np.zeros((n, MANY)), np.zeros((n, MANY)), np.zeros((n, MANY)),
            np.empty(n, np.int64), np.empty(n, np.bool_), np.zeros(n, np.uint64), key,
        )  # fmt: skip
        _observe(
            key, receiver, name, rows, self.keys, self.heard, self.state, self.past, self.grid, self.tags, self.visits,
            self.countries, self.common, self.usual, self.echoes, self.lags, *seen[:-1],
        )  # fmt: skip
        return seen


__all__ = ["Seen", "Watch"]
