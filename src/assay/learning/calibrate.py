"""From a score to a probability one can bet on, without changing who ranks above whom.

A `Calibration` is a strictly increasing, piecewise linear map from score to log-odds. Three ways to find it are tried
(leave it, Platt's two parameters, isotonic steps joined by lines) and the one with the least log loss on held-out parts
of the calibration rows is taken. Platt (1999); Zadrozny and Elkan (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

_SLOPE = 1e-3  # the least rise in log-odds per unit of score: ranks survive where isotonic steps are flat
_LEAST = 10  # frauds that a step needs: fewer tell little of a rate
_FOLDS = 5


@dataclass(frozen=True)
class Calibration:
    """Knots in ascending order of score; beyond them the line goes on with the slope it has at the end."""

    method: str
    score: np.ndarray
    log_odds: np.ndarray

    def __call__(self, score: np.ndarray) -> np.ndarray:
        """float64[n] in 0..1, strictly increasing in the score."""
        x, y = self.score, self.log_odds
        at = x[1:-1].searchsorted(
            score
        )  # the segment: before the second knot the first one, after the last but one the last
        return np.asarray(_probability(y[at] + self._slope[at] * (score - x[at])), dtype=np.float64)

    @cached_property
    def _slope(self) -> np.ndarray:
        """float64[knots - 1], of each segment."""
        return np.asarray(np.diff(self.log_odds) / np.diff(self.score))

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"method": self.method, "score": self.score.tolist(), "log_odds": self.log_odds.tolist()}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Calibration:
        """From `plain`; `ValueError` where that does not rise strictly."""
        score, log_odds = np.array(plain["score"], float), np.array(plain["log_odds"], float)
        if (
            len(score) < 2
            or len(score) != len(log_odds)
            or (np.diff(score) <= 0).any()
            or (np.diff(log_odds) <= 0).any()
        ):
            raise ValueError("a calibration must rise strictly")
        return cls(str(plain["method"]), score, log_odds)


def calibrate(score: np.ndarray, truth: np.ndarray, *, seed: int = 1) -> Calibration:
    """The best of the three on rows the score was not learned from. score: log-odds; truth 0/1, float64[n]."""
    if truth.sum() < 2 * _LEAST or truth.sum() == len(truth):
        return identity()
    fold = np.random.default_rng(seed).integers(0, _FOLDS, len(score))
    losses = {}
    for method in _METHODS:
        fits = [_METHODS[method](score[fold != f], truth[fold != f]) for f in range(_FOLDS)]
        losses[method] = sum(log_loss(truth[fold == f], fits[f](score[fold == f])) for f in range(_FOLDS))
    return _METHODS[min(losses, key=lambda method: losses[method])](score, truth)


def log_loss(truth: np.ndarray, probability: np.ndarray) -> float:
    """Sum of -log of the probability given to what came true."""
    p = np.clip(np.where(truth == 1, probability, 1 - probability), 1e-12, 1.0)
    return float(-np.log(p).sum())


def identity() -> Calibration:
    """The score taken as log-odds."""
    return Calibration("identity", np.array([-30.0, 30.0]), np.array([-30.0, 30.0]))


def platt(score: np.ndarray, truth: np.ndarray) -> Calibration:
    """A line in log-odds by maximum likelihood (Newton's method), with Platt's smoothed targets."""
    positives, negatives = truth.sum(), (1 - truth).sum()
    target = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    line = _likeliest(score, target, np.array([1.0, 0.0]), np.array([True, True]))
    if line[0] < _SLOPE:  # the score says nothing, or the contrary: only the level is learned
        line = _likeliest(score, target, np.array([_SLOPE, line[1]]), np.array([False, True]))
    a, b = line
    return Calibration("platt", np.array([-30.0, 30.0]), np.array([-30.0 * a + b, 30.0 * a + b]))


def isotonic(score: np.ndarray, truth: np.ndarray) -> Calibration:
    """Steps by pooling adjacent violators, merged until each holds enough frauds, joined by lines between their middles."""
    order = np.argsort(score, kind="stable")
    blocks = _pooled(score[order], truth[order])
    middle = np.array([s / n for n, s, _ in blocks])
    rate = np.array([(hits + 0.5) / (n + 1) for n, _, hits in blocks])
    log_odds = np.log(rate / (1 - rate))
    keep = np.append(True, np.diff(middle) > 1e-9)
    middle, log_odds = middle[keep], log_odds[keep]
    low, high = float(score.min()) - 1.0, float(score.max()) + 1.0
    middle = np.concatenate([[low], middle, [high]])
    log_odds = np.concatenate([[log_odds[0]], log_odds, [log_odds[-1]]])
    rising = np.maximum.accumulate(log_odds - _SLOPE * middle) + _SLOPE * middle
    return Calibration("isotonic", middle, rising)


def _likeliest(score: np.ndarray, target: np.ndarray, line: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Slope and level of the likeliest line, by Newton steps halved until they help; only the `free` ones move."""

    def loss(line: np.ndarray) -> float:
        z = line[0] * score + line[1]
        return float((np.logaddexp(0.0, z) - target * z).sum())

    inputs = np.stack([score, np.ones(len(score))]) * free[:, None]
    now = loss(line)
    for _ in range(100):
        p = _probability(line[0] * score + line[1])
        hessian = (inputs * (p * (1 - p))) @ inputs.T + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, inputs @ (p - target)) * free
        size = 1.0
        while size > 1e-9 and loss(line - size * step) > now:
            size /= 2
        line, before = line - size * step, now
        now = loss(line)
        if before - now <= 1e-12 * abs(before):
            break
    return line


_METHODS = {"identity": lambda score, truth: identity(), "platt": platt, "isotonic": isotonic}


def _pooled(score: np.ndarray, truth: np.ndarray) -> list[tuple[float, float, float]]:
    """(rows, sum of scores, frauds) of each step, in order; every step but the last holds `_LEAST` frauds."""
    ends = np.flatnonzero(np.diff(np.floor(np.cumsum(truth) / _LEAST), prepend=0) > 0) + 1
    edges = np.unique(np.concatenate([[0], ends, [len(score)]]))
    steps: list[tuple[float, float, float]] = []
    for start, stop in pairwise(edges):
        new = (float(stop - start), float(score[start:stop].sum()), float(truth[start:stop].sum()))
        steps.append(new)
        while len(steps) > 1 and steps[-2][2] * steps[-1][0] >= steps[-1][2] * steps[-2][0]:
            n, s, hits = steps.pop()
            steps[-1] = (steps[-1][0] + n, steps[-1][1] + s, steps[-1][2] + hits)
    return steps


def _probability(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -700, 700))), dtype=np.float64)
