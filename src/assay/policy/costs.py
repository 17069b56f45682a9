"""The cost model: what each outcome is expected to lose, in the evidence's currency, major units.

With p the probability of fraud and L = at stake x loss given fraud (Elkan 2001, "The foundations of cost-sensitive
learning", extended by challenge and review):

    allow      p·L
    challenge  (1 - p)·step_up + p·(1 - step_up_stops)·L
    review     review + (1 - p)·review_delay + p·(1 - review_stops)·L
    block      (1 - p)·block
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.policy.expression import Expression, Scope
from assay.policy.expression.vector import both

SHARES = ("lgd", "step_up_stops", "review_stops")
"""Costs that are shares of one; the others are amounts of money, not below 0."""


@dataclass(frozen=True)
class Costs:
    """Each an expression of type double; a plain number is a constant one.

    at_stake       what is lost if fraud succeeds, before recoveries
    lgd            loss given fraud: the share of it that is not recovered
    step_up        cost of challenging a genuine customer (friction, message, abandoned purchase)
    step_up_stops  share of frauds that a challenge stops
    review         cost of an analyst's review
    review_delay   cost of making a genuine customer wait for it
    review_stops   share of frauds that a review stops
    block          cost of blocking a genuine customer
    """

    at_stake: Expression
    lgd: Expression
    step_up: Expression
    step_up_stops: Expression
    review: Expression
    review_delay: Expression
    review_stops: Expression
    block: Expression

    def losses(self, scope: Scope, p: np.ndarray, unknown: dict[str, int]) -> np.ndarray:
        """float64[4, n] in the order of `Outcome`; NaN where p or a cost is unknown or out of its range, which
        `unknown` counts per cost."""
        n = len(p)
        value = self._constant | {name: self._value(name, scope, n, unknown) for name in self._varying}
        out = np.empty((4, n))
        loss = value["at_stake"] * value["lgd"]
        genuine = 1.0 - p
        out[0] = p * loss
        out[1] = genuine * value["step_up"] + out[0] * (1.0 - value["step_up_stops"])
        out[2] = value["review"] + genuine * value["review_delay"] + out[0] * (1.0 - value["review_stops"])
        out[3] = genuine * value["block"]
        if unknown:
            out[:, np.isnan(out).any(axis=0)] = np.nan
        return out

    @cached_property
    def _constant(self) -> dict[str, np.ndarray]:
        """The costs that are plain numbers."""
        names = [name for name in self.__dataclass_fields__ if getattr(self, name).constant]
        return {name: getattr(self, name).run(None).values for name in names}

    @cached_property
    def _varying(self) -> tuple[str, ...]:
        return tuple(name for name in self.__dataclass_fields__ if name not in self._constant)

    def _value(self, name: str, scope: Scope, n: int, unknown: dict[str, int]) -> np.ndarray:
        expression: Expression = getattr(self, name)
        values, known = expression.run(scope)
        fine = (values >= 0.0) & (values <= 1.0) if name in SHARES else (values >= 0.0) & np.isfinite(values)
        good = both(known, None if fine.all() else fine)
        if good is None or good.all():
            return values
        unknown[f"costs.{name}"] = int(np.count_nonzero(~np.broadcast_to(good, n)))
        return np.where(good, values, np.nan)
