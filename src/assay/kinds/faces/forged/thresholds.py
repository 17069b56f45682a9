"""From log-odds to a verdict: calibration, and the two probabilities between which nothing is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from assay.learning.calibrate import platt

FALSE_ALARMS = 0.02  # of real faces of sources that were not learned from, called suspicious; the mean over sources
MISSED = 0.2  # of fakes at hand, called genuine
_BEYOND = 0.05  # least distance between the two probabilities


class Fitted(NamedTuple):
    """`calibration` is slope and level of the log-odds; below `doubt[0]` genuine, from `doubt[1]` suspicious."""

    calibration: tuple[float, float]
    doubt: tuple[float, float]


def fitted(real: np.ndarray, sources: Sequence[str], fake: np.ndarray) -> Fitted:
    """real, fake: float64 log-odds of faces of sources that were not learned from; sources: of each real one. Both classes
    weigh the same, since what share of faces is forged differs from one operator to the next."""
    n = max(len(real), len(fake))
    score = np.concatenate([_as_many(real, n), _as_many(fake, n)])
    truth = np.concatenate([np.zeros(n), np.ones(n)])
    knots = platt(score, truth)
    slope = float((knots.log_odds[-1] - knots.log_odds[0]) / (knots.score[-1] - knots.score[0]))
    level = float(knots.log_odds[0] - slope * knots.score[0])
    high = alarm(real, sources, FALSE_ALARMS)
    low = min(float(np.quantile(fake, MISSED)), high)
    told = [float(1 / (1 + np.exp(-(slope * value + level)))) for value in (low, high)]
    return Fitted((slope, level), (max(0.0, min(told[0], told[1] - _BEYOND)), told[1]))


def alarm(real: np.ndarray, sources: Sequence[str], share: float) -> float:
    """The least log-odds that at most this share of real faces exceeds, every source weighing the same."""
    names = np.asarray(sources)
    weight = np.zeros(len(real))
    for name in np.unique(names):
        weight[names == name] = 1.0 / (names == name).sum()
    order = np.argsort(-real, kind="stable")
    beyond = np.cumsum(weight[order]) / weight.sum()
    allowed = int(np.searchsorted(beyond, share, side="right"))
    return float(real[order][min(allowed, len(real) - 1)]) + 1e-6


def _as_many(values: np.ndarray, n: int) -> np.ndarray:
    return np.asarray(values[np.arange(n) % len(values)])


def plain(found: Fitted) -> dict[str, Any]:
    """As `features.json` keeps it."""
    return {"calibration": list(found.calibration), "doubt": list(found.doubt)}
