"""From what a campaign weighs to the probability that it is an attack: a line in the log-odds, learned.

What findings with a calibrated probability weigh adds up as it is. What is stated by severity is neither measured nor
independent: the odds go by a power of it, so that each further finding adds less. Both constants are learned on simulated
banks (`SHIPPED`), and go on learning from an operator's own closed cases: the most probable line by their labels, starting
from the shipped one as the prior (logistic regression with a Gaussian prior, MAP; Bishop 2006, 4.5). That only cases were
looked at does no harm: what was looked at was chosen by what the line is drawn over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assay.campaigns.state import Weighed
from assay.campaigns.weights import logit, posterior


class Calibration(NamedTuple):
    """`prior`: log-odds where next to nothing is found; `slope`: the power of what is stated."""

    prior: float
    slope: float

    def odds(self, weighed: Weighed) -> float:
        """The log-odds of an attack."""
        return self.prior + self.slope * math.log1p(weighed.stated) + weighed.calibrated

    def enough(self, odds: float) -> float:
        """How much of what is stated makes these log-odds without anything else; a little less, so that nothing is missed."""
        return math.expm1(min(700.0, (odds - self.prior) / self.slope)) - 1e-6


SHIPPED = Calibration(logit(0.012), 2.9)
"""Learned by `python -m assay.bench.campaigns.calibration`."""
SPREAD = Calibration(
    1.0, 0.5
)  # how far an operator's own house may lie from the shipped constants (standard deviations)
ENOUGH = 10  # labels of each truth before anything is learned from them
REMEMBERED = 1000  # closed cases, the newest
_ROUNDS, _LEAST = 25, 0.2
Judged = tuple[Weighed, bool]  # what a case weighed, and whether it was an attack


def learned(judged: Sequence[Judged], start: Calibration, spread: Calibration = SPREAD) -> Calibration:
    """The most probable line by these labels; `start` where there are too few of either truth."""
    attacks = sum(truth for _, truth in judged)
    if min(attacks, len(judged) - attacks) < ENOUGH:
        return start
    return fitted(((weighed, truth, 1.0) for weighed, truth in judged), start, spread)


def fitted(rows: Iterable[tuple[Weighed, bool, float]], start: Calibration, spread: Calibration) -> Calibration:
    """By Newton's method; a row is what was weighed, the truth, and what the row counts. The same rows in the same order give
    the same bits."""
    points = [(math.log1p(w.stated), w.calibrated, float(truth), count) for w, truth, count in rows]
    line = start
    loss = _loss(points, line, start, spread)
    for _ in range(_ROUNDS):
        step = _step(points, line, start, spread)
        share = 1.0
        while share > 1e-6:
            there = Calibration(line.prior - share * step.prior, max(_LEAST, line.slope - share * step.slope))
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


Points = Sequence[tuple[float, float, float, float]]


def _loss(points: Points, line: Calibration, start: Calibration, spread: Calibration) -> float:
    """The negative logarithm of the posterior."""
    away = ((line.prior - start.prior) / spread.prior) ** 2 + ((line.slope - start.slope) / spread.slope) ** 2
    said = (line.prior + line.slope * x + known for x, known, _, _ in points)
    return away / 2 + math.fsum(c * (_softplus(z) - y * z) for z, (_, _, y, c) in zip(said, points, strict=True))


def _step(points: Points, line: Calibration, start: Calibration, spread: Calibration) -> Calibration:
    """The inverse of the Hessian times the gradient."""
    g0, g1 = (line.prior - start.prior) / spread.prior**2, (line.slope - start.slope) / spread.slope**2
    h00, h01, h11 = 1 / spread.prior**2, 0.0, 1 / spread.slope**2
    for x, known, y, count in points:
        p = posterior(line.prior + line.slope * x + known)
        off, curved = count * (p - y), count * p * (1 - p)
        g0, g1 = g0 + off, g1 + off * x
        h00, h01, h11 = h00 + curved, h01 + curved * x, h11 + curved * x * x
    size = h00 * h11 - h01 * h01
    return Calibration((h11 * g0 - h01 * g1) / size, (h00 * g1 - h01 * g0) / size)


def _softplus(z: float) -> float:
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


__all__ = ["ENOUGH", "REMEMBERED", "SHIPPED", "Calibration", "Judged", "fitted", "learned"]
