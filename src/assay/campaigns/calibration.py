"""From what a campaign weighs to the probability that it is an attack: a line in the log-odds, learned.

What findings with a calibrated probability weigh adds up as it is. What is stated by severity is neither measured nor
independent: the odds go by a power of it, so that each further finding adds less. Both constants are learned on simulated
banks (`SHIPPED`), and go on learning from an operator's own closed cases: the most probable line by their labels, starting
from the shipped one as the prior (logistic regression with a Gaussian prior, MAP; Bishop 2006, 4.5). That only cases were
looked at does no harm: what was looked at was chosen by what the line is drawn over.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from math import log1p
from typing import NamedTuple

from assay.campaigns.state import Weighed
from assay.campaigns.weights import logit, posterior


class Calibration(NamedTuple):
    """`prior`: log-odds where next to nothing is found; `alone`: the power of the heaviest of what is stated; `together`: that
    of all others beside it."""

    prior: float
    alone: float
    together: float

    def odds(self, weighed: Weighed) -> float:
        """The log-odds of an attack."""
        calibrated, heaviest, others = weighed
        return self.prior + self.alone * log1p(heaviest) + self.together * log1p(others) + calibrated


SHIPPED = Calibration(logit(0.004), 1.46, 6.16)
"""Learned by `python -m assay.bench.campaigns.calibration`; the prior rounded."""
SPREAD = Calibration(
    1.0, 0.5, 0.5
)  # how far an operator's house may lie from the shipped constants (standard deviations)
ENOUGH = 10  # labels of each truth, attacks of different days, before anything is learned from them
REMEMBERED = 1000  # closed cases, the newest
_ROUNDS, _LEAST = 25, 0.2


class Judged(NamedTuple):
    """What a case weighed when it was closed, whether it was an attack, and the day (since 1970) of its last finding."""

    weighed: Weighed
    attack: bool
    day: int = 0


def learned(judged: Sequence[Judged], start: Calibration, spread: Calibration = SPREAD) -> Calibration:
    """The most probable line by these labels; `start` where there are too few of either truth. Attacks of one day count as one
    together: one that left twenty pieces behind says no more than one that left a single large case."""
    days = Counter(one.day for one in judged if one.attack)
    if min(len(days), len(judged) - days.total()) < ENOUGH:
        return start
    rows = ((one.weighed, one.attack, 1 / days[one.day] if one.attack else 1.0) for one in judged)
    return fitted(rows, start, spread)


def fitted(rows: Iterable[tuple[Weighed, bool, float]], start: Calibration, spread: Calibration) -> Calibration:
    """By Newton's method; a row is what was weighed, the truth, and what the row counts. The same rows in the same order give
    the same bits."""
    points = [Point(log1p(w.heaviest), log1p(w.others), w.calibrated, float(truth), count) for w, truth, count in rows]
    line = start
    loss = _loss(points, line, start, spread)
    for _ in range(_ROUNDS):
        step = _step(points, line, start, spread)
        share = 1.0
        while share > 1e-6:
            there = Calibration(
                line.prior - share * step.prior,
                max(_LEAST, line.alone - share * step.alone),
                max(_LEAST, line.together - share * step.together),
            )
            if (reached := _loss(points, there, start, spread)) <= loss:
                break
            share /= 2
        else:
            break
        done = loss - reached < 1e-9
        line, loss = there, reached
        if done:
            break
    return line


class Point(NamedTuple):
    """A campaign as the line is drawn through it: logarithms of what is stated, what is calibrated, the truth, what it counts."""

    heaviest: float
    others: float
    known: float
    truth: float
    counts: float


def _loss(points: Sequence[Point], line: Calibration, start: Calibration, spread: Calibration) -> float:
    """The negative logarithm of the posterior."""
    away = math.fsum(((at - begun) / wide) ** 2 for at, begun, wide in zip(line, start, spread, strict=True))
    said = (line.prior + line.alone * p.heaviest + line.together * p.others + p.known for p in points)
    return away / 2 + math.fsum(p.counts * (_softplus(z) - p.truth * z) for z, p in zip(said, points, strict=True))


def _step(points: Sequence[Point], line: Calibration, start: Calibration, spread: Calibration) -> Calibration:
    """The inverse of the Hessian times the gradient."""
    gradient = [(at - begun) / wide**2 for at, begun, wide in zip(line, start, spread, strict=True)]
    hessian = [[1 / wide**2 if i == j else 0.0 for j in range(3)] for i, wide in enumerate(spread)]
    for point in points:
        x = (1.0, point.heaviest, point.others)
        p = posterior(line.prior + line.alone * x[1] + line.together * x[2] + point.known)
        off, curved = point.counts * (p - point.truth), point.counts * p * (1 - p)
        for i in range(3):
            gradient[i] += off * x[i]
            for j in range(3):
                hessian[i][j] += curved * x[i] * x[j]
    return Calibration(*_solved(hessian, gradient))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Of three equations, by elimination in plain floats: the same bits on every machine. The matrix is positive definite."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i, row in enumerate(rows):
        for other in rows[i + 1 :]:
            share = other[i] / row[i]
            other[:] = [b - share * a for a, b in zip(row, other, strict=True)]
    found = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        known = math.fsum(rows[i][j] * found[j] for j in range(i + 1, len(rows)))
        found[i] = (rows[i][-1] - known) / rows[i][i]
    return found


def _softplus(z: float) -> float:
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


__all__ = ["ENOUGH", "REMEMBERED", "SHIPPED", "Calibration", "Judged", "fitted", "learned"]
