"""Votes to one calibrated probability, and the two thresholds between which nothing is decided.

The stack is a logistic regression on votes that were all given out of fold; few weights, none below zero, so that it can
only mean "the more a voter says so, the likelier". Fitted for an even chance of real and generated: the policy, not the
detector, knows how rare generated pictures are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.kinds.images.generated.votes import weights
from assay.learning.evaluate import threshold_at
from assay.vision.generated import MOST_VOTE, strangeness

PLAIN, WITH_CLIP = ("network", "statistics"), ("network", "statistics", "clip")
FALSE_ALARMS = 0.03  # of genuine pictures, left out source by source, above the upper threshold
MISSED = 0.10  # of generated ones below the lower


def fit(votes: dict[str, np.ndarray], names: Sequence[str], truth: np.ndarray, source: np.ndarray) -> dict[str, float]:
    """Weight of each named voter and the `level`: the likeliest with no weight below zero and a light pull to small ones."""
    from scipy.optimize import minimize

    x = np.stack([np.clip(votes[name], -MOST_VOTE, MOST_VOTE) for name in names] + [np.ones(len(truth))], 1)
    weight = weights(truth, source)

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ line
        p = 1 / (1 + np.exp(-z))
        worth = (weight * (np.logaddexp(0, z) - truth * z)).sum() + 0.5 * (line[:-1] ** 2).sum()
        return float(worth), x.T @ (weight * (p - truth)) + np.append(line[:-1], 0.0)

    bounds = [(0.0, None)] * len(names) + [(None, None)]
    found = minimize(loss, np.full(len(names) + 1, 0.1), jac=True, bounds=bounds, method="L-BFGS-B").x
    return {
        **{name: round(float(w), 5) for name, w in zip(names, found, strict=False)},
        "level": round(float(found[-1]), 5),
    }


def stacked(stack: dict[str, float], votes: dict[str, np.ndarray]) -> np.ndarray:
    """float64[n] log-odds."""
    terms = [weight * np.clip(votes[name], -MOST_VOTE, MOST_VOTE) for name, weight in stack.items() if name != "level"]
    return np.asarray(sum(terms) + stack["level"], dtype=np.float64)


def stacked_apart(
    votes: dict[str, np.ndarray],
    names: Sequence[str],
    truth: np.ndarray,
    source: np.ndarray,
    folds: Sequence[frozenset[str]],
) -> np.ndarray:
    """float64[n] log-odds where the stack, too, was fitted without the fold of the sample's source."""
    out = stacked(fit(votes, names, truth, source), votes)
    for left_out in folds:
        rows = np.isin(source, sorted(left_out))
        if rows.any() and len(set(truth[~rows])) == 2:
            kept = {name: votes[name][~rows] for name in names}
            there = {name: votes[name][rows] for name in names}
            out[rows] = stacked(fit(kept, names, truth[~rows], source[~rows]), there)
    return out


def doubt(probability: np.ndarray, truth: np.ndarray, source: np.ndarray) -> tuple[float, float]:
    """The lower and the upper threshold: above the upper one, `FALSE_ALARMS` of a mean real source; below the lower one,
    `MISSED` of a mean generated source."""
    high = [threshold_at(truth[source == s], probability[source == s], 0.15) for s in np.unique(source[truth == 0])]
    upper = max(float(np.quantile(probability[truth == 0], 1 - FALSE_ALARMS)), float(np.median(high)), 0.5)
    lower = min(float(np.quantile(probability[truth == 1], MISSED)), 0.5)
    return round(lower, 4), round(min(upper, 0.99), 4)


def typical(statistics: np.ndarray) -> dict[str, Any]:
    """Median and spread of each number, and the mean distance beyond which a picture is unlike those learned from."""
    median = np.median(statistics, 0)
    low, high = np.quantile(statistics, [0.16, 0.84], axis=0)
    spread = np.maximum((high - low) / 2, 1e-3)
    distance = strangeness(statistics, median, spread)
    return {
        "median": [round(float(v), 5) for v in median],
        "spread": [round(float(v), 5) for v in spread],
        "unlike_above": round(float(np.quantile(distance, 0.99)), 4),
    }


__all__ = ["PLAIN", "WITH_CLIP", "doubt", "fit", "stacked", "stacked_apart", "typical"]
