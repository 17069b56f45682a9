"""Signals foretold from others: who forges one without the rest is contradicted by what the rest say.

Every smooth signal, and its change over a second, is foretold by ridge regression from at most four signals of other ids (or
of its own payload: four wheels in one frame). Kept is only what foretells stretches of driving that it was not fitted on.
While watching, a forecast counts only where its inputs are within what was learnt; the residual's mean over a second, and
its CUSUM (Page 1954), are held against the greatest seen on such stretches, with a margin that shrinks with the time learnt.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc,assignment"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from assay.core.errors import ModelError
from assay.kinds.vehicles.content import Content, field_of, limit_of, margin
from assay.kinds.vehicles.fields import Field
from assay.kinds.vehicles.sampling import SECOND, Samples, sampled

MOST_FORECASTS = 400
HALF = 0.5
_MOST_SIGNALS = 300
_MOST_INPUTS = 4
_MOST_ROWS = 12_000  # samples that a forecast is fitted on
_LEAST_STEPS = 600  # a minute: what agrees for less may do so by chance
_FOLDS = 3
_TRIED = 6  # candidates of each round
_GAIN = 0.01
_LEVEL, _SLOPE = 0.98, 0.95  # share of a signal's variance, and of its change's, that must be foretold
_WORST = 0.2  # of its span: greatest mistake over a second that a forecast may have made
_WARY = 1.5  # relations between signals hold less surely on unseen roads than limits of one signal
_HOLD = 2.0  # seconds
_STRETCH = 10.0
_PASSES = 0.85  # of the limit: what a CUSUM lets pass
_BEYOND = 1.2  # squared distance of inputs from what was learnt that is still familiar
_LAG = 0.2  # seconds
_STRANGE = 2  # ids that say what was never learnt, from which the state of the car is none that was
_CHUNK = 12_000  # steps
_MOST_VALUES = 30_000_000  # of all signals together that are learnt from, in stretches over the whole log
_BOUTS, _CALM = 3, 300  # so often a forecast may break, with so many steps between
_SAME = 0.98  # of one in the same payload
_RIDGE = 1e-4
_EDGE = 0.1  # of an input's span: how far beyond it is still familiar
_LONGEST = 5  # a CUSUM goes no further above its limit


class Input(NamedTuple):
    """A signal of an id, or its change over a second."""

    id: int
    field: Field
    slope: bool


class Forecast(NamedTuple):
    """target = bias + Σ weights · inputs, to be judged within `span` of the target. Familiar are inputs within their `low` and `high` and no further from the `centre`,
    by the metric `shape` (a square matrix row by row), than 1. `mean`: limit of the residual's mean over a second; `allowance`
    what the CUSUM lets pass and `sum` its limit."""

    target: Input
    inputs: tuple[Input, ...]
    weights: tuple[float, ...]
    bias: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    centre: tuple[float, ...]
    shape: tuple[float, ...]
    span: tuple[float, float]
    mean: float
    allowance: float
    sum: float


def forecasts(frames: np.ndarray, ids: np.ndarray, contents: Sequence[Content]) -> list[Forecast]:
    """Learnt from FRAME[n] of clean traffic in order."""
    named = [(int(i), s.field) for i, c in zip(ids, contents, strict=True) for s in c.signals][:_MOST_SIGNALS]
    if len(named) < 2:
        return []
    samples = sampled(frames, np.unique(np.array([i for i, _ in named], np.uint32)))
    if len(samples.time) < _LEAST_STEPS:
        return []
    signals = [Input(i, f, slope) for slope in (False, True) for i, f in named]
    stretches = _stretches(len(samples.time), max(1, _MOST_VALUES // (len(signals) * _CHUNK)))
    tables = [_table(samples.part(start, start + _CHUNK), signals) for start in stretches]
    table, fresh = (np.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    good = fresh[: len(named)].mean(axis=1) > 0.95
    usable = np.concatenate([good, good]) & (table.std(axis=1) > 0)
    rows = np.flatnonzero(fresh[usable].all(axis=0)) if usable.any() else np.zeros(0, np.int64)
    if len(rows) < _LEAST_STEPS:
        return []
    table = table[:, rows]
    owner = np.array([s.id for s in signals])
    seconds = float(len(rows)) / SECOND
    found: list[Forecast] = []
    for place in np.flatnonzero(usable).tolist():
        for own in (False, True):
            candidates = np.flatnonzero(usable & ((owner == owner[place]) == own))
            candidates = candidates[(candidates != place) & (candidates % len(named) != place % len(named))]
            least = _SAME if own else _SLOPE if signals[place].slope else _LEVEL
            made = _fitted(table, place, candidates, signals, least, seconds)
            if made is not None:
                found.append(made)
    return found[:MOST_FORECASTS]


def _stretches(steps: int, most: int) -> list[int]:
    """Where stretches of `_CHUNK` steps begin: all there are, or so many at even distances."""
    starts = list(range(0, steps, _CHUNK))
    return starts if len(starts) <= most else [starts[k * len(starts) // most] for k in range(most)]


def _table(samples: Samples, signals: Sequence[Input]) -> tuple[np.ndarray, np.ndarray]:
    """(float64[signals, steps], bool[signals, steps])."""
    table = np.zeros((len(signals), len(samples.time)))
    fresh = np.zeros(table.shape, bool)
    known: dict[tuple[int, Field], np.ndarray] = {}
    for k, (id_, field, slope) in enumerate(signals):
        row = samples.row(id_)
        if row < 0:
            continue
        values = known.setdefault((id_, field), samples.values(id_, field))
        if slope:
            table[k, SECOND:] = values[SECOND:] - values[:-SECOND]
            fresh[k, SECOND:] = samples.fresh[row, SECOND:] & samples.fresh[row, :-SECOND]
        else:
            table[k], fresh[k] = values, samples.fresh[row]
    return table, fresh


def _fitted(
    table: np.ndarray, place: int, candidates: np.ndarray, signals: Sequence[Input], least: float, seconds: float
) -> Forecast | None:
    y = table[place]
    if not len(candidates):
        return None
    every = max(1, len(y) // _MOST_ROWS)
    means, spreads = table[candidates].mean(axis=1), table[candidates].std(axis=1)
    z = (table[candidates] - means[:, None]) / spreads[:, None]
    small, target = z[:, ::every], y[::every]
    rest, variance = target - target.mean(), float(target.var())
    chosen: list[int] = []
    best = 0.0
    for _ in range(_MOST_INPUTS):
        near = np.argsort(-np.abs(small @ rest), kind="stable")[: _TRIED + len(chosen)]
        scored = [
            (1 - float((_unseen(small[[*chosen, c]], target) ** 2).mean()) / variance, c)
            for c in near.tolist() if c not in chosen
        ]  # fmt: skip
        score, one = max(scored, default=(0.0, -1))
        if score < best + _GAIN:
            break
        best = score
        chosen.append(one)
        weights = _solved(small[chosen], target)
        rest = target - weights[:-1] @ small[chosen] - weights[-1]
    if not chosen or 1 - best > (1 - least) / 2 ** (len(chosen) - 1):  # with every input more must be foretold
        return None
    residual = _unseen(z[chosen], y)
    weights = _solved(z[chosen], y)
    plain = weights[:-1] / spreads[chosen]
    inputs = candidates[chosen]
    low, high = table[inputs].min(axis=1), table[inputs].max(axis=1)
    edge = _EDGE * (high - low)
    smooth = np.abs(np.convolve(residual, np.ones(SECOND) / SECOND, "valid"))
    worst, span = float(smooth.max()), float(np.ptp(y))
    if worst > _WORST * span:
        return None
    stretches = np.array([part.max() for part in np.array_split(smooth, max(1, round(seconds / _STRETCH)))])
    limit = max(limit_of(stretches, seconds, _WARY * margin(seconds)), 0.01 * span)
    return Forecast(
        signals[place], tuple(signals[i] for i in inputs), tuple(plain.tolist()),
        float(weights[-1] - plain @ means[chosen]), tuple((low - edge).tolist()), tuple((high + edge).tolist()),
        *_familiar(table[inputs]), (float(y.min()) - _EDGE * span, float(y.max()) + _EDGE * span), limit, max(worst, _PASSES * limit), _HOLD * SECOND * limit,
    )  # fmt: skip


def _familiar(inputs: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(centre, shape) of float64[k, n]: Mahalanobis' distance, scaled so that the furthest of them, and a little more, is 1."""
    centre = inputs.mean(axis=1)
    apart = inputs - centre[:, None]
    shape = np.linalg.pinv(apart @ apart.T / apart.shape[1], rcond=1e-9, hermitian=True)
    furthest = float(np.einsum("kn,kj,jn->n", apart, shape, apart).max())
    return tuple(centre.tolist()), tuple((shape / max(_BEYOND * furthest, 1e-12)).reshape(-1).tolist())


def _solved(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float64[k + 1]: ridge weights of float64[k, n], the last the bias."""
    a = np.vstack([z, np.ones(z.shape[1])])
    gram = a @ a.T
    gram[np.diag_indices(len(gram) - 1)] += _RIDGE * z.shape[1]
    return np.asarray(np.linalg.lstsq(gram, a @ y, rcond=None)[0])


def _unseen(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float64[n]: residuals, each third of the drive foretold from the other two."""
    rest = np.empty(len(y))
    fold = np.arange(len(y)) * _FOLDS // len(y)
    for k in range(_FOLDS):
        mine = fold == k
        weights = _solved(z[:, ~mine], y[~mine])
        rest[mine] = y[mine] - weights[:-1] @ z[:, mine] - weights[-1]
    return rest


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
            0, max(len(samples.time) - 2 * SECOND, 0), _CHUNK
        ):  # twenty minutes at a time, for memory's sake
            part = samples.part(start, start + _CHUNK + 2 * SECOND)
            table, fresh = _table(part, signals)
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
        edge = _EDGE * (seen[1] - seen[0])
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


def as_json(forecast: Forecast) -> list[Any]:
    """What `from_json` takes."""

    def plain(one: Input) -> list[Any]:
        return [one.id, list(one.field), one.slope]

    return [
        plain(forecast.target),
        [plain(i) for i in forecast.inputs],
        *(list(v) if isinstance(v, tuple) else v for v in forecast[2:]),
    ]


def from_json(told: Any) -> Forecast:
    """Raises `ModelError` where the values are not those of a forecast."""
    try:
        target, inputs, weights, bias, low, high, centre, shape, span, mean, allowance, total = told
        made = Forecast(
            _input(target), tuple(_input(i) for i in inputs), _floats(weights), float(bias), _floats(low), _floats(high),
            _floats(centre), _floats(shape), (float(span[0]), float(span[1])), float(mean), float(allowance), float(total),
        )  # fmt: skip
        sizes = {len(made.inputs), len(made.weights), len(made.low), len(made.high), len(made.centre)}
        if (
            sizes != {len(made.inputs)}
            or len(made.shape) != len(made.inputs) ** 2
            or not 0 < len(made.inputs) <= _MOST_INPUTS
        ):
            raise ValueError("a forecast whose parts do not fit together")
        if not (np.isfinite([made.bias, made.allowance, *made.weights]).all() and made.mean > 0 and made.sum > 0):
            raise ValueError("a forecast without limits")
        return made
    except (TypeError, ValueError, OverflowError) as error:
        raise ModelError(f"no normal of a vehicle: {error}") from None


def _input(told: Any) -> Input:
    id_, field, slope = told
    return Input(int(id_) & 0xFFFFFFFF, field_of(field), bool(slope))


def _floats(told: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in told)


__all__ = ["HALF", "Contradictions", "Forecast", "Input", "as_json", "contradictions", "forecasts", "from_json"]
