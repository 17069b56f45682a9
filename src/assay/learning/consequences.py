"""What decisions led to, now that the truth is known: the figures of one policy over some rows of history.

Money is what the chosen outcome really lost, by a cost model with the truth in the place of the probability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.clock import DAY, WEEK
from assay.core.decision import OUTCOMES, Outcome
from assay.learning.evaluate import interval


@dataclass
class Rows:
    """History as columns of n rows.

    truth      float64[n]: 1 fraud, 0 genuine, NaN not known by the end
    amount     float64[n]: what was at stake by the candidate's cost model, or the amount where it has none
    losses     float64[4, n]: what each outcome would really have lost, NaN where the truth or a cost is unknown
    expected   float64[4, n]: what the candidate expected each to lose
    groups     segment name -> object[n]
    """

    ids: list[str]
    time: np.ndarray
    truth: np.ndarray
    late: int
    amount: np.ndarray
    losses: np.ndarray
    expected: np.ndarray
    groups: dict[str, np.ndarray]
    currencies: list[str]


@dataclass
class Side:
    """One policy's decisions over those rows. `lost`: float64[n], what the outcome taken really lost; NaN where unknown."""

    identity: str
    lost: np.ndarray
    outcome: np.ndarray
    rule: np.ndarray
    rules: tuple[str, ...]
    unknown: dict[str, int]
    probability: np.ndarray


def figures(rows: Rows, side: Side, mask: np.ndarray) -> dict[str, Any]:
    """One policy's figures over the rows of a mask. Money is None where the candidate has no cost model."""
    outcome, truth, amount = side.outcome[mask], rows.truth[mask], np.nan_to_num(rows.amount[mask])
    fraud, genuine = truth == 1, truth == 0
    stopped = outcome != Outcome.ALLOW
    per_day = _reviews(rows.time[mask], outcome)
    lost, free = _lost(rows, side, mask)
    saved = free - lost
    alerts = int(stopped.sum())
    labelled_alerts = int((stopped & ~np.isnan(truth)).sum())
    return {
        "outcomes": {word: _counts(outcome == k, fraud, genuine, amount) for k, word in enumerate(OUTCOMES)},
        "value_saved": plain(saved),
        "fraud_stopped": plain(_sum(rows.losses[0, mask] - side.lost[mask], fraud)),
        "friction": plain(_sum(side.lost[mask], genuine)),
        "saved_per_1000_alerts": plain(1000 * saved / labelled_alerts if labelled_alerts else math.nan),
        "fraud_found": share((stopped & fraud).sum(), fraud.sum()),
        "fraud_value_found": share(amount[stopped & fraud].sum(), amount[fraud].sum()),
        "false_positives": {
            "count": int((stopped & genuine).sum()),
            "value": float(amount[stopped & genuine].sum()),
            "per_1000_genuine": share(1000 * (stopped & genuine).sum(), genuine.sum()),
        },
        "precision": share((stopped & fraud).sum(), labelled_alerts),
        "alerts": alerts,
        "reviews_per_day": {"mean": plain(per_day.mean()), "max": int(per_day.max())},
    }


def _counts(mine: np.ndarray, fraud: np.ndarray, genuine: np.ndarray, amount: np.ndarray) -> dict[str, Any]:
    return {
        "count": int(mine.sum()),
        "value": float(amount[mine].sum()),
        "frauds": int((mine & fraud).sum()),
        "fraud_value": float(amount[mine & fraud].sum()),
        "genuine": int((mine & genuine).sum()),
    }


def _lost(rows: Rows, side: Side, mask: np.ndarray) -> tuple[float, float]:
    """What was really lost over the labelled rows, and what would have been by letting everything through."""
    real, free = side.lost[mask], rows.losses[0, mask]
    known = ~np.isnan(free)
    if not known.any():
        return math.nan, math.nan
    return float(real[known].sum()), float(free[known].sum())


def _sum(values: np.ndarray, mask: np.ndarray) -> float:
    chosen = values[mask]
    return float(np.nansum(chosen)) if len(chosen) == 0 or not np.isnan(chosen).all() else math.nan


def _reviews(time: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Reviews on each calendar day (UTC) from the first to the last."""
    if not len(time):
        return np.zeros(1)
    day = time // DAY
    return np.bincount(day[outcome == Outcome.REVIEW] - day.min(), minlength=int(day.max() - day.min()) + 1)


def share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def weeks(time: np.ndarray) -> list[np.ndarray]:
    """Masks of the whole weeks since the first event; a last week that is cut short is left out."""
    week = (time - time.min()) // WEEK
    whole = (int(time.max()) - int(time.min()) + DAY) // WEEK
    return [week == k for k in range(whole)]


def weekly(rows: Rows, side: Side) -> dict[str, Any]:
    """Mean over whole weeks with a 95 % interval."""
    each = [figures(rows, side, week) for week in weeks(rows.time) if week.any()]
    series = {
        "value_saved": [w["value_saved"] for w in each],
        "fraud_value_found": [w["fraud_value_found"] for w in each],
        "false_positives_per_1000_genuine": [w["false_positives"]["per_1000_genuine"] for w in each],
        "reviews_per_day": [w["reviews_per_day"]["mean"] for w in each],
        "alerts": [w["alerts"] for w in each],
    }
    return {"weeks": len(each)} | {name: between(values) for name, values in series.items()}


def between(values: Sequence[float | None]) -> dict[str, float | None]:
    found = interval([math.nan if v is None else float(v) for v in values])
    return {name: plain(value) for name, value in found.items()}
