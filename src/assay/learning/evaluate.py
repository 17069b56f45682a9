"""How good a score is: the figures of this field, each for `truth` (1 fraud, 0 genuine) and a higher-is-worse `score`.

Ties are honest everywhere: equal scores are caught together or not at all. Definitions follow Fawcett (2006) for ROC,
Davis and Goadrich (2006) for precision and recall, Naeini et al. (2015) for calibration error, and the Fraud Detection
Handbook (Le Borgne et al., 2022) for card precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FALSE_POSITIVE_RATES = (0.001, 0.005, 0.01, 0.05)


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Chance that a fraud scores above a genuine one, ties half; NaN without both classes."""
    positives = int(np.sum(truth == 1))
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    rank = _midranks(score)
    return float((rank[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(truth: np.ndarray, score: np.ndarray) -> float:
    """Sum over thresholds of precision times the gain in recall; NaN without a fraud."""
    precision, recall, _ = precision_recall(truth, score)
    if not len(recall):
        return float("nan")
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def precision_recall(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and threshold at every different score, from the highest down; empty without a fraud."""
    total = int(np.sum(truth == 1))
    if not total:
        return np.empty(0), np.empty(0), np.empty(0)
    order = np.argsort(-score, kind="stable")
    ranked, hit = score[order], np.cumsum(truth[order] == 1)
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    return hit[last] / (last + 1), hit[last] / total, ranked[last]


def threshold_at(truth: np.ndarray, score: np.ndarray, rate: float) -> float:
    """The score that a share `rate` of genuine rows lie above: the (1 - rate) quantile of genuine scores, to be
    exceeded strictly. Infinite without a genuine row."""
    genuine = score[truth == 0]
    return float(np.quantile(genuine, 1 - rate)) if len(genuine) else float("inf")


def recall_at(truth: np.ndarray, score: np.ndarray, rate: float) -> float:
    """Share of frauds above `threshold_at`; NaN without a fraud."""
    frauds = score[truth == 1]
    return float(np.mean(frauds > threshold_at(truth, score, rate))) if len(frauds) else float("nan")


def value_detected(truth: np.ndarray, score: np.ndarray, amount: np.ndarray, rate: float) -> float:
    """Share of the fraud amount above `threshold_at`; NaN where no money was lost."""
    fraud = truth == 1
    lost = float(amount[fraud].sum())
    return float(amount[fraud & (score > threshold_at(truth, score, rate))].sum()) / lost if lost else float("nan")


def card_precision(truth: np.ndarray, score: np.ndarray, day: np.ndarray, card: np.ndarray, k: int = 100) -> float:
    """Of the k cards with the highest score on a day, the share with fraud that day; the mean over days.

    A card found leaves all later days. Equal scores are ordered by card.
    """
    found: np.ndarray = np.empty(0, card.dtype)
    shares = []
    for today in np.unique(day):
        rows = np.flatnonzero((day == today) & ~np.isin(card, found))
        cards, which = np.unique(card[rows], return_inverse=True)
        best, bad = np.full(len(cards), -np.inf), np.zeros(len(cards), bool)
        np.maximum.at(best, which, score[rows])
        np.logical_or.at(bad, which, truth[rows] == 1)
        top = np.argsort(-best, kind="stable")[:k]
        shares.append(bad[top].sum() / k)
        found = np.union1d(found, cards[top][bad[top]])
    return float(np.mean(shares)) if shares else float("nan")


def brier(truth: np.ndarray, probability: np.ndarray) -> float:
    """Mean squared distance of probability and truth."""
    return float(np.mean((probability - truth) ** 2)) if len(truth) else float("nan")


def calibration_curve(truth: np.ndarray, probability: np.ndarray, bins: int = 20) -> list[dict[str, float]]:
    """Bins of equal mass in order of probability: mean `predicted`, share of fraud `observed`, `count`."""
    order = np.argsort(probability, kind="stable")
    return [
        {"predicted": float(probability[b].mean()), "observed": float(truth[b].mean()), "count": len(b)}
        for b in np.array_split(order, min(bins, len(order)))
        if len(b)
    ]


def calibration_error(truth: np.ndarray, probability: np.ndarray, bins: int = 20) -> float:
    """Expected calibration error: the mean distance of predicted and observed over bins of equal mass."""
    curve = calibration_curve(truth, probability, bins)
    return sum(abs(b["predicted"] - b["observed"]) * b["count"] for b in curve) / len(truth) if len(truth) else np.nan


def figures(
    truth: np.ndarray,
    score: np.ndarray,
    probability: np.ndarray | None = None,
    amount: np.ndarray | None = None,
) -> dict[str, Any]:
    """The figures every card and bench prints: ranking from `score`, calibration from `probability`."""
    found: dict[str, Any] = {
        "rows": len(truth),
        "frauds": int(np.sum(truth == 1)),
        "auc": auc(truth, score),
        "average_precision": average_precision(truth, score),
    }
    for rate in FALSE_POSITIVE_RATES:
        found[f"recall_at_{_percent(rate)}_fpr"] = recall_at(truth, score, rate)
    if amount is not None:
        for rate in FALSE_POSITIVE_RATES:
            found[f"value_detected_at_{_percent(rate)}_fpr"] = value_detected(truth, score, amount, rate)
    if probability is not None:
        found["brier"] = brier(truth, probability)
        found["calibration_error"] = calibration_error(truth, probability)
    return found


def interval(values: Sequence[float], confidence: float = 0.95) -> dict[str, float]:
    """Mean of independent repeats and Student's t interval for it; bounds are NaN for fewer than two."""
    known = np.array([v for v in values if not np.isnan(v)])
    if len(known) < 2:
        return {"mean": float(known.mean()) if len(known) else float("nan"), "low": float("nan"), "high": float("nan")}
    from scipy.stats import t

    half = float(t.ppf((1 + confidence) / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    mean = float(known.mean())
    return {"mean": mean, "low": mean - half, "high": mean + half}


def over_weeks(weeks: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """`interval` of every number that all weeks have."""
    names = [n for n in weeks[0] if all(isinstance(w.get(n), (int, float)) for w in weeks)] if weeks else []
    return {name: interval([float(week[name]) for week in weeks]) for name in names}


def bootstrap(
    truth: np.ndarray, score: np.ndarray, groups: np.ndarray, *, repeats: int = 200, seed: int = 1
) -> dict[str, dict[str, float]]:
    """95 % percentile intervals of AP and AUC, resampling whole groups (cards), since one card's rows go together."""
    rng = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.append(True, groups[order][1:] != groups[order][:-1]))
    members = np.split(order, starts[1:])
    drawn: dict[str, list[float]] = {"average_precision": [], "auc": []}
    for _ in range(repeats):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        drawn["average_precision"].append(average_precision(truth[rows], score[rows]))
        drawn["auc"].append(auc(truth[rows], score[rows]))
    return {
        name: {"low": float(np.nanquantile(values, 0.025)), "high": float(np.nanquantile(values, 0.975))}
        for name, values in drawn.items()
    }


def thinned(points: Sequence[np.ndarray], most: int = 200) -> list[list[float]]:
    """At most `most` points of parallel arrays, evenly by position, first and last kept: curves small enough to store."""
    n = len(points[0])
    at = np.unique(np.linspace(0, n - 1, min(most, n)).round().astype(int)) if n else np.empty(0, int)
    return [[float(array[i]) for array in points] for i in at]


def _percent(rate: float) -> str:
    return f"{rate * 100:g}%"


def _midranks(score: np.ndarray) -> np.ndarray:
    _, which, count = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[which], dtype=np.float64)
