"""Signals foretold from others, learnt from clean traffic; see `contradict` for what is made of them.

Every smooth signal, and its change over a second, is foretold by ridge regression from at most four signals of other ids (or
of its own payload: four wheels in one frame). Kept is only what foretells thirds of the driving that it was not fitted on,
with limits from its mistakes there: the greatest by a margin that shrinks with the time learnt, or what a law of extremes
(Gumbel) makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.vehicles.content import Content, field_of, limit_of, margin
from assay.kinds.vehicles.fields import Field
from assay.kinds.vehicles.sampling import SECOND, Samples, sampled

MOST_FORECASTS = 400
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
CHUNK = 12_000  # steps
_MOST_VALUES = 30_000_000  # of all signals together that are learnt from, in stretches over the whole log
_SAME = 0.98  # of one in the same payload
_RIDGE = 1e-4
EDGE = 0.1  # of an input's span: how far beyond it is still familiar


class Input(NamedTuple):
    """A signal of an id, or its change over a second."""

    id: int
    field: Field
    slope: bool


class Forecast(NamedTuple):
    """target = bias + Σ weights · inputs, to be judged within `span` of the target. Familiar are inputs within their `low` and
    `high` and no further from the `centre`, by the metric `shape` (a square matrix row by row), than 1. `mean`: limit of the
    residual's mean over a second; `allowance` what the CUSUM lets pass and `sum` its limit."""

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
    stretches = _stretches(len(samples.time), max(1, _MOST_VALUES // (len(signals) * CHUNK)))
    tables = [table_of(samples.part(start, start + CHUNK), signals) for start in stretches]
    table, fresh = (np.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    good = fresh[: len(named)].mean(axis=1) > 0.95
    usable = np.concatenate([good, good]) & (table.std(axis=1) > 0)
    rows = np.flatnonzero(fresh[usable].all(axis=0)) if usable.any() else np.zeros(0, np.int64)
    if len(rows) < _LEAST_STEPS:
        return []
    table = table[:, rows]
    usable &= table.std(axis=1) > 0  # also where all are fresh
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
    """Where stretches of `CHUNK` steps begin: all there are, or so many at even distances."""
    starts = list(range(0, steps, CHUNK))
    return starts if len(starts) <= most else [starts[k * len(starts) // most] for k in range(most)]


def table_of(samples: Samples, signals: Sequence[Input]) -> tuple[np.ndarray, np.ndarray]:
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
    edge = EDGE * (high - low)
    smooth = np.abs(np.convolve(residual, np.ones(SECOND) / SECOND, "valid"))
    worst, span = float(smooth.max()), float(np.ptp(y))
    if worst > _WORST * span:
        return None
    stretches = np.array([part.max() for part in np.array_split(smooth, max(1, round(seconds / _STRETCH)))])
    limit = max(limit_of(stretches, seconds, _WARY * margin(seconds)), 0.01 * span)
    return Forecast(
        signals[place], tuple(signals[i] for i in inputs), tuple(plain.tolist()),
        float(weights[-1] - plain @ means[chosen]), tuple((low - edge).tolist()), tuple((high + edge).tolist()),
        *_familiar(table[inputs]), (float(y.min()) - EDGE * span, float(y.max()) + EDGE * span), limit, max(worst, _PASSES * limit), _HOLD * SECOND * limit,
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


__all__ = ["CHUNK", "EDGE", "MOST_FORECASTS", "Forecast", "Input", "as_json", "forecasts", "from_json", "table_of"]
