"""The alert budget: of the reviews that would pay, only the most valuable so many a day are taken.

The gain of a review is what it saves against the next best outcome. History says which gain leaves the budgeted number
of reviews a day; that threshold is written into the policy, so live decisions need neither a counter nor a clock, and a
replay takes the same ones. Reviews that a rule demands are always taken and count first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from assay.core.clock import DAY
from assay.core.decision import Outcome
from assay.core.errors import InvalidSetting
from assay.policy.expression import Expression, Scope
from assay.policy.view import View

if TYPE_CHECKING:
    from assay.policy.policy import Policy

_ALL = -np.inf
_REVIEW = int(Outcome.REVIEW)
_EACH = np.arange(len(Outcome), dtype=np.int8)[:, None]


@dataclass(frozen=True)
class Share:
    """Reviews a day for the rows where `when` holds (None: all that are left). `threshold`: the gain a review must
    exceed, major units; None until fitted, when every review that pays is taken."""

    reviews_per_day: float
    when: Expression | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Budget:
    """Shares in order: a row belongs to the first whose condition holds."""

    shares: tuple[Share, ...]

    @property
    def fitted(self) -> bool:
        return all(share.threshold is not None for share in self.shares)

    def share_of(self, scope: Scope, n: int) -> np.ndarray:
        """int32[n]: each row's share; -1 where none is for it."""
        share, free = np.full(n, -1, np.int32), np.ones(n, dtype=bool)
        for k, each in enumerate(self.shares):
            holds = free if each.when is None else free & each.when.run(scope).values
            share[holds] = k
            free = free & ~holds
        return share

    def thresholds(self, scope: Scope, n: int) -> np.ndarray:
        """float64[n or 1]: the gain each row's review must exceed; -inf where no threshold is set."""
        levels = np.array([_ALL if s.threshold is None else s.threshold for s in self.shares] + [_ALL])
        if len(self.shares) == 1 and self.shares[0].when is None:
            return levels[:1]
        return np.asarray(levels[self.share_of(scope, n)])


def least(
    losses: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The outcome of least loss, int8[n], within low..high where given, and that loss. Equal losses: the outcome that
    stands least in the way. Where losses are NaN neither means anything."""
    if low is not None and high is not None:
        losses = np.where((low <= _EACH) & (high >= _EACH), losses, np.inf)
    return losses.argmin(axis=0).astype(np.int8), losses.min(axis=0)


def ration(
    losses: np.ndarray, outcome: np.ndarray, lowest: np.ndarray, highest: np.ndarray, thresholds: np.ndarray
) -> np.ndarray:
    """Takes the reviews whose gain is not above their threshold off `outcome` (in place), for their next best outcome.

    Returns float64[n], the gain of each review in question: those the cost model chose and no rule demands; NaN elsewhere.
    """
    gain = np.full(len(outcome), np.nan)
    rows = np.flatnonzero((outcome == _REVIEW) & (lowest < _REVIEW) & ~np.isnan(losses[_REVIEW]))
    if len(rows):
        others = losses[:, rows]
        others[_REVIEW] = np.inf
        instead, best = least(others, lowest[rows], highest[rows])
        gain[rows] = best - losses[_REVIEW, rows]
        dropped = ~(gain[rows] > (thresholds if len(thresholds) == 1 else thresholds[rows]))
        outcome[rows[dropped]] = instead[dropped]
    return gain


def fit_budget(policy: Policy, views: Iterable[View]) -> Policy:
    """The policy with thresholds that, on this history, leave its budgeted reviews a day on average.

    Days are the history's span from first to last event time, at least one. The thresholds are written into the
    policy's text (`Policy.text`), so its identity changes. Ties at a threshold are not reviewed: the budget is never
    exceeded on average. Raises `InvalidSetting` for a policy without a budget or a history without rows.
    """
    if policy.budget is None:
        raise InvalidSetting("the policy has no budget", where=policy.where, hint="add budget: {reviews_per_day: 100}")
    shares = policy.budget.shares
    unlimited = replace(policy, budget=Budget(tuple(replace(share, threshold=None) for share in shares)))
    gains: list[list[np.ndarray]] = [[] for _ in shares]
    demanded = np.zeros(len(shares))
    first, last = None, 0
    for view in views:
        if not len(view.batch):
            continue
        result, owner = unlimited.decide(view), unlimited.share_of(view)
        for k in range(len(shares)):
            mine = result.gain[owner == k]
            gains[k].append(mine[~np.isnan(mine)])
            demanded[k] += np.count_nonzero((result.outcome == Outcome.REVIEW) & (owner == k) & np.isnan(result.gain))
        start, stop = int(view.batch.time.min()), int(view.batch.time.max())
        first = start if first is None else min(first, start)
        last = max(last, stop)
    if first is None:
        raise InvalidSetting("no history to fit the budget on")
    days = max(1.0, (last - first) / DAY)
    thresholds = []
    for k, share in enumerate(shares):
        room = max(0, int(share.reviews_per_day * days - demanded[k]))
        ranked = np.sort(np.concatenate(gains[k]))[::-1]
        thresholds.append(float(ranked[room]) if room < len(ranked) else 0.0)
    return type(policy).parse(write_thresholds(policy.text, thresholds), policy.where, policy.names, policy.folder)


def write_thresholds(text: str, thresholds: list[float]) -> str:
    """A policy's text with `threshold:` set in each share of its budget, everything else as it was."""
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    budget = next(value for key, value in root.value if key.value == "budget")
    shares = budget.value if isinstance(budget, yaml.SequenceNode) else [budget]
    for share, threshold in reversed(list(zip(shares, thresholds, strict=True))):
        pairs = {key.value: (key, value) for key, value in share.value}
        if "threshold" in pairs:
            old = pairs["threshold"][1]
            text = text[: old.start_mark.index] + repr(threshold) + text[old.end_mark.index :]
            continue
        key, value = pairs["reviews_per_day"]
        gap = ", " if share.flow_style else "\n" + " " * key.start_mark.column
        end = value.end_mark.index
        text = f"{text[:end]}{gap}threshold: {threshold!r}{text[end:]}"
    return text
