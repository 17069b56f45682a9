"""Which alarms are told: those at their limit, and weaker ones that bear each other out; not those that a change of the whole
bus explains.

When a car is started, parked or switched off, many ids change their pace or fall silent within seconds, and what signals then
do no attack on one id does. And of an id that is sent more often than ever, nothing is said twice: frames of two senders are
told as injection, and not as a change of pace too.
"""

from __future__ import annotations

import numpy as np

from assay.kinds.vehicles import reasons

APART = 10_000_000  # microseconds: alarms of one kind that are no further apart are one thing that happened
_KIND = {code: number for number, code in enumerate(reasons.EVENTS)}
_LEAP, _REPLAY = _KIND[reasons.LEAP], _KIND[reasons.REPLAY]
_SOFT = tuple(_KIND[c] for c in (reasons.LEAP, reasons.STUCK, reasons.DISAGREEMENT, reasons.PAYLOAD))
_SHIFTS = tuple(_KIND[c] for c in (reasons.PACE, reasons.SUPPRESSION))
_BORNE_OUT = 1.5  # strengths of two kinds of alarm of one id together
_TOGETHER = 3_000_000  # microseconds within which they bear each other out
_PARTNER = 0.75  # how strong what bears out a leap must be
_GOES_ON, _TIMES = (
    2_000_000,
    4,
)  # microseconds within which what was said before must come again so often: a car stops like it stopped before
_IN_AND_OUT = 12_000_000  # a lie that lasts longer is told where it begins, or where it ends, or not by its leaps
_TO_SLEEP = 20_000_000  # microseconds between computers that go to sleep
_FEW, _PART = 4, 0.25  # ids that must fall silent, and their share of those that never were
_UPHEAVAL = 3  # ids whose pace shifts at once
_SETTLES = 5_000_000


def confirmed(
    kind: np.ndarray, ids: np.ndarray, time: np.ndarray, strength: np.ndarray, alone: float, steady: int
) -> np.ndarray:
    """bool[n] of alarms in any order: is it told? `alone`: how strong a leap must be of whose id nothing else is amiss; a lie
    leaps in and out again, and a driver who does what he never did before leaps once. `steady`: ids that are never silent."""
    sure = strength >= 1.0
    for leap in np.flatnonzero((kind == _LEAP) & sure & (strength < alone)).tolist():
        near = (ids == ids[leap]) & (np.abs(time - time[leap]) <= _IN_AND_OUT) & (strength >= _PARTNER)
        sure[leap] = near.sum() > 1
    for again in np.flatnonzero(kind == _REPLAY).tolist():
        same = (kind == _REPLAY) & (ids == ids[again]) & (np.abs(time - time[again]) <= _GOES_ON)
        sure[again] = same.sum() >= _TIMES
    for id_ in np.unique(ids[~sure]):
        mine = np.flatnonzero(ids == id_)
        for half in mine[~sure[mine]]:
            near = mine[np.abs(time[mine] - time[half]) <= _TOGETHER]
            other = near[kind[near] != kind[half]]
            if len(other) and strength[half] + strength[other].max() >= _BORNE_OUT:
                sure[half] = True
    sure &= ~_switched_off(kind, ids, time, steady)
    said = _said_already(kind, ids, time)
    return np.asarray(sure & ~said & ~_explained(np.where(said, -1, kind), ids, time))


def _explained(kind: np.ndarray, ids: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Soft alarms while the pace of many ids shifts."""
    out = np.zeros(len(kind), bool)
    shifts = np.flatnonzero(np.isin(kind, _SHIFTS))
    if len(np.unique(ids[shifts])) < _UPHEAVAL:
        return out
    shifts = shifts[np.argsort(time[shifts], kind="stable")]
    soft = np.flatnonzero(np.isin(kind, _SOFT))
    first = np.searchsorted(time[shifts], time[soft] - _SETTLES)
    last = np.searchsorted(time[shifts], time[soft] + _SETTLES, side="right")
    for row, a, b in zip(soft.tolist(), first.tolist(), last.tolist(), strict=True):
        out[row] = b - a >= _UPHEAVAL and len(np.unique(ids[shifts[a:b]])) >= _UPHEAVAL
    return out


def _switched_off(kind: np.ndarray, ids: np.ndarray, time: np.ndarray, steady: int) -> np.ndarray:
    """Silences of a good part of the bus, one after another: the car was parked, and its computers go to sleep."""
    out = np.zeros(len(kind), bool)
    rows = np.flatnonzero(kind == _KIND[reasons.SUPPRESSION])
    rows = rows[np.argsort(time[rows], kind="stable")]
    for part in np.split(rows, np.flatnonzero(np.diff(time[rows]) > _TO_SLEEP) + 1):
        out[part] = len(np.unique(ids[part])) >= max(_FEW, _PART * steady)
    return out


def _said_already(kind: np.ndarray, ids: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Changes of pace of an id into which frames were injected at about that time."""
    out = np.zeros(len(kind), bool)
    paces = np.flatnonzero(kind == _KIND[reasons.PACE])
    injected = kind == _KIND[reasons.INJECTION]
    for id_ in np.unique(ids[paces]):
        mine, known = paces[ids[paces] == id_], np.sort(time[injected & (ids == id_)])
        if len(known):
            near = np.minimum(np.searchsorted(known, time[mine]), len(known) - 1)
            gap = np.minimum(np.abs(known[near] - time[mine]), np.abs(known[np.maximum(near - 1, 0)] - time[mine]))
            out[mine] = gap <= APART
    return out


__all__ = ["APART", "confirmed"]
