"""Forecasts while watching: who forges a signal without the rest is contradicted by what the rest say.

A forecast counts only where its inputs are within what was learnt and the rest of the car is in a state that was; then the
residual's mean over a second and its CUSUM (Page 1954) are held against their limits, with an allowance for what changes
while two computers take turns to say it.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from assay.kinds.vehicles.content import Content
from assay.kinds.vehicles.foretell import CHUNK, EDGE, Forecast, Input, table_of
from assay.kinds.vehicles.sampling import SECOND, sampled

HALF = 0.5
_LAG = 0.2  # seconds
_STRANGE = 2  # ids that say what was never learnt, from which the state of the car is none that was
_BOUTS, _CALM = 3, 300  # so often a forecast may break, with so many steps between
_LONGEST = 5  # a CUSUM goes no further above its limit


@njit(cache=True, nogil=True)
def _cusum(residual, allowance, most):
    """float64[n]: the greater of the two one-sided sums, at most `most`; a second of calm ends both."""
    out = np.empty(len(residual))
    up = down = 0.0
    calm = 0
    for t in range(len(residual)):
        calm = calm + 1 if abs(residual[t]) < allowance else 0
        if calm >= SECOND:
            up = down = 0.0
        up = min(max(0.0, up + residual[t] - allowance), most)
        down = min(max(0.0, down - residual[t] - allowance), most)
        out[t] = max(up, down)
    return out


class Contradictions(NamedTuple):
    """`id` the one that most of what broke has to do with; `time` microseconds; `strength` in limits."""

    id: np.ndarray
    time: np.ndarray
    strength: np.ndarray


def contradictions(
    frames: np.ndarray, ids: np.ndarray, contents: Sequence[Content], known: Sequence[Forecast]
) -> Contradictions:
    """An alarm, of one id or two, for each step at which a forecast is broken, or half broken (strength from `HALF`)."""
    told: list[tuple[int, int, float]] = []
    if known and len(frames):
        ranges = {
            Input(int(i), s.field, False): (s.low, s.high)
            for i, c in zip(ids, contents, strict=True) for s in c.signals
        }  # fmt: skip
        signals = list(dict.fromkeys([*ranges, *(s for f in known for s in (f.target, *f.inputs))]))
        samples = sampled(frames, np.unique(np.array([s.id for s in signals], np.uint32)))
        for start in range(
            0, max(len(samples.time) - 2 * SECOND, 0), CHUNK
        ):  # twenty minutes at a time, for memory's sake
            part = samples.part(start, start + CHUNK + 2 * SECOND)
            table, fresh = table_of(part, signals)
            where = {s: k for k, s in enumerate(signals)}
            strange = _strange(table, signals, ranges)
            broken = np.array([_sound(_broken(f, table, fresh, where) * _usual(f, strange)) for f in known])
            told += _blamed(known, broken, part.time)
    return Contradictions(
        np.array([t[0] for t in told], np.uint32), np.array([t[1] for t in told], np.int64), np.array([t[2] for t in told])
    )  # fmt: skip


def _sound(broken: np.ndarray) -> np.ndarray:
    """A forecast that breaks again and again within twenty minutes, with calm between, was none: it is silenced."""
    steps = np.flatnonzero(broken > 1)
    bouts = 1 + int((np.diff(steps) > _CALM).sum()) if len(steps) else 0
    return broken if bouts <= _BOUTS else np.zeros(len(broken))


def _strange(
    table: np.ndarray, signals: Sequence[Input], ranges: dict[Input, tuple[float, float]]
) -> dict[int, np.ndarray]:
    """id -> bool[steps]: says a signal of it what was never learnt?"""
    out: dict[int, np.ndarray] = {}
    for row, signal in enumerate(signals):
        if (seen := ranges.get(signal)) is None:
            continue
        edge = EDGE * (seen[1] - seen[0])
        beyond = ~((table[row] >= seen[0] - edge) & (table[row] <= seen[1] + edge))
        out[signal.id] = out[signal.id] | beyond if signal.id in out else beyond
    return out


def _usual(forecast: Forecast, strange: dict[int, np.ndarray]) -> np.ndarray:
    """bool[steps]: is the car, by ids that the forecast has nothing to do with, in a state that was learnt?"""
    own = {forecast.target.id, *(i.id for i in forecast.inputs)}
    others = [s for id_, s in strange.items() if id_ not in own]
    if not others:
        return np.ones(len(next(iter(strange.values()))), bool) if strange else np.ones(1, bool)
    now = np.sum(others, axis=0) < _STRANGE
    # A state that was strange within the last second still tells on means over it.
    out = np.array(now, bool)
    for back in range(1, SECOND + 1):
        out[back:] &= now[:-back]
    return out


def _broken(forecast: Forecast, table: np.ndarray, fresh: np.ndarray, where: dict[Input, int]) -> np.ndarray:
    """float64[steps]: how broken a forecast is, in its limits; 0 where its inputs are stale or unfamiliar."""
    target, inputs = where[forecast.target], [where[s] for s in forecast.inputs]
    foretold = np.array(forecast.weights) @ table[inputs] + forecast.bias
    rest = table[target] - foretold
    low, high = np.array(forecast.low)[:, None], np.array(forecast.high)[:, None]
    familiar = ((table[inputs] >= low) & (table[inputs] <= high) & fresh[inputs]).all(axis=0) & fresh[target]
    apart = table[inputs] - np.array(forecast.centre)[:, None]
    shape = np.array(forecast.shape).reshape(len(inputs), len(inputs))
    familiar &= np.isfinite(table[target]) & (foretold >= forecast.span[0]) & (foretold <= forecast.span[1])
    familiar &= ((shape @ apart) * apart).sum(axis=0) <= 1.0
    # What two computers say of one thing that changes fast differs by what it changed in between.
    lag = np.zeros(len(rest))
    lag[SECOND:] = _LAG * np.nan_to_num(np.abs(table[target, SECOND:] - table[target, :-SECOND]))
    lag[2 * SECOND :] = np.maximum(lag[2 * SECOND :], lag[SECOND:-SECOND])
    rest = np.where(familiar, np.sign(rest) * np.maximum(np.abs(rest) - lag, 0.0), 0.0)
    mean = np.zeros(len(rest))
    summed = np.cumsum(rest)
    mean[SECOND:] = np.abs(summed[SECOND:] - summed[:-SECOND]) / SECOND
    cusum = _cusum(rest, forecast.allowance, _LONGEST * forecast.sum)
    return np.asarray(np.maximum(mean / forecast.mean, cusum / forecast.sum))


def _blamed(known: Sequence[Forecast], broken: np.ndarray, time: np.ndarray) -> list[tuple[int, int, float]]:
    told: list[tuple[int, int, float]] = []
    for step in np.flatnonzero((broken > HALF).any(axis=0)).tolist():
        votes: dict[int, float] = {}
        hit = np.flatnonzero(broken[:, step] > HALF)
        for k in hit.tolist():
            votes[known[k].target.id] = votes.get(known[k].target.id, 0.0) + 1.0
            for one in known[k].inputs:
                votes[one.id] = votes.get(one.id, 0.0) + 1.0 / len(known[k].inputs)
        most = max(votes.values())
        for id_ in sorted(i for i, v in votes.items() if v > most - 1e-9)[:2]:
            told.append((id_, int(time[step]), float(broken[hit, step].max())))
    return told


__all__ = ["HALF", "Contradictions", "contradictions"]
