"""What a finding weighs: the logarithm of how much likelier it is in an attack than without one (a log-likelihood ratio, in
nats; Good 1950, "weight of evidence").

Where a detector gives a calibrated probability, its log-odds less those of the rate it was calibrated at. Where it gives
none, the table below by severity: stated, not fitted, and the same for every room. `inconclusive` weighs nothing, and so does
`genuine`: that one piece of evidence is clean says nothing of the others.
"""

from __future__ import annotations

import math
from functools import lru_cache

from assay.core.clock import DAY
from assay.core.finding import Finding

NATS = {"informational": 0.1, "low": 0.5, "medium": 1.5, "high": 3.5, "critical": 8.5}
"""Without a probability: a medium finding is 4 times likelier in an attack, a high one 33 times, a critical one 5,000 times."""
BASE_RATE = 0.004
"""That things which are linked by chance are an attack (the shipped prior of cases), so that a finding alone is as likely one as
its detector says; a probability below it weighs nothing."""
MOST = 8.5
STRONG = 1.0  # from here on a finding links what it names; a weaker one only lies with it
REPEATS = 1.5
"""All repeats of a rule together weigh at most this many times its first hit: 1 + 1/2, then no more."""
LASTING, A_DAY = 4.0, 2.0  # days, and hits on each of them, from which on a rule begins to be usual where it is met
_AGAINST = frozenset(("suspicious", "counterfeit"))


def weight_of(finding: Finding) -> float:
    """The finding's weight, 0 to `MOST` nats.

    >>> weight_of(Finding(detector="d", version="1", verdict="suspicious", severity="high"))
    3.5
    >>> weight_of(Finding(detector="d", version="1", verdict="inconclusive", severity="high"))
    0.0
    """
    if finding.verdict not in _AGAINST:
        return 0.0
    if finding.probability is None:
        return NATS[finding.severity]
    return _of_probability(finding.probability)


def _of_probability(p: float) -> float:
    if not 0.0 < p < 1.0:
        return MOST if p >= 1.0 else 0.0
    return min(MOST, max(0.0, logit(p) - _BASE))


def logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def posterior(log_odds: float) -> float:
    """The probability of these log-odds."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


_BASE = logit(BASE_RATE)


def repeats(n: int) -> float:
    """How many times a rule's first hit n hits weigh: 1 + 1/2 + … + 1/n, at most `REPEATS`."""
    return _HARMONIC[n] if n < _ENOUGH else REPEATS


def _harmonic() -> list[float]:
    sums = [0.0]
    while sums[-1] < REPEATS:
        sums.append(min(REPEATS, sums[-1] + 1.0 / len(sums)))
    return sums


_HARMONIC = _harmonic()
_ENOUGH = len(_HARMONIC) - 1


def usual(n: int, span: int) -> float:
    """The share that is left of what a rule weighs where it has been met n times over so long (microseconds): what goes on day
    after day is how things are there, and less and less a sign of something new. Both must be many, so that nobody hides a
    rule by meeting it a hundred times in an afternoon."""
    lasted = min(n / A_DAY, span / DAY)
    return 1.0 if lasted <= LASTING else LASTING / lasted


@lru_cache(maxsize=1 << 16)
def rare(weight: float, others: int) -> float:
    """A stated weight where the rule stands in so many other campaigns: the commoner, the likelier it is without an attack, until
    it says nothing. A calibrated probability needs no such correction: how often it errs is in it."""
    return weight - math.log1p(others) if math.log1p(others) < weight else 0.0


__all__ = ["A_DAY", "BASE_RATE", "LASTING", "MOST", "NATS", "REPEATS", "STRONG", "logit", "posterior", "rare", "repeats", "usual", "weight_of"]  # fmt: skip
