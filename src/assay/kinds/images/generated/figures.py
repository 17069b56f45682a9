"""Figures of one set of scores: by generated source against the real pictures judged alike, with intervals over sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.kinds.images.generated.votes import Samples
from assay.learning.evaluate import auc, recall_at

ROUNDS = 400
LEAST = 5  # pictures of a source that a figure of its own rests on


def by_source(
    found: Samples, score: np.ndarray, folds: Sequence[frozenset[str]] = (), *, least: int = LEAST
) -> dict[str, Any]:
    """AUC, recall at 5 % and 1 % false positives: the mean over generated sources with its interval, each source, each
    generator. Every generated source stands against the real pictures that the
    same fold left out: what they are compared by is one model that knows none of them. Without folds, against all."""
    sources = {str(s): int((found.source == s).sum()) for s in np.unique(found.source[found.truth == 1])}
    beside = {s: _beside(found, s, folds) for s in sources}
    counted = [s for s, n in sources.items() if n >= least and beside[s].any()]
    if not counted:
        return {}
    return {
        "mean over sources": _mean(found, score, counted, beside),
        "real pictures": int((found.truth == 0).sum()),
        "sources": {s: _against(found, score, found.source == s, beside[s]) for s in sources},
        "generators": {
            f"{g}, of {s}" if g != s else s: _against(
                found, score, (found.generator == g) & (found.source == s), beside[s]
            )
            for s in sources
            for g in np.unique(found.generator[found.source == s])
        },
        "false alarms by real source at 5 %": _alarms(found, score, folds),
    }


def _mean(found: Samples, score: np.ndarray, counted: list[str], beside: dict[str, np.ndarray]) -> dict[str, Any]:
    """The mean over generated sources, and 95 % of what it comes to when sources are drawn anew, generated and real alike, and
    then pictures within them."""
    rng = np.random.default_rng(1)
    real = {s: [score[(found.source == r) & beside[s]] for r in np.unique(found.source[beside[s]])] for s in counted}
    false = {s: score[found.source == s] for s in counted}
    whole = [_three(*_joined(real[s], [false[s]])) for s in counted]
    drawn = []
    for _ in range(ROUNDS):
        each = []
        for s in rng.choice(counted, len(counted)):
            reals = [_again(rng, real[s][i]) for i in rng.integers(len(real[s]), size=len(real[s]))]
            each.append(_three(*_joined(reals, [_again(rng, false[s])])))
        drawn.append([np.mean([e[name] for e in each]) for name in whole[0]])
    low, high = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    return {
        name: {
            "value": round(float(np.mean([w[name] for w in whole])), 3),
            "interval": [round(float(low[i]), 3), round(float(high[i]), 3)],
        }
        for i, name in enumerate(whole[0])
    } | {"sources": len(counted)}


def _against(found: Samples, score: np.ndarray, rows: np.ndarray, beside: np.ndarray) -> dict[str, Any]:
    if not beside.any():
        return {"pictures": int(rows.sum())}
    both = rows | beside
    return _three(found.truth[both], score[both]) | {"pictures": int(rows.sum())}


def _three(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    return {
        "AUC": round(auc(truth, score), 3),
        "recall at 5 %": round(recall_at(truth, score, 0.05), 3),
        "recall at 1 %": round(recall_at(truth, score, 0.01), 3),
    }


def _beside(found: Samples, source: str, folds: Sequence[frozenset[str]]) -> np.ndarray:
    """bool[n]: the real pictures of the fold that left this source out; all of them where it is in none."""
    fold = next((f for f in folds if source in f), None)
    return np.asarray((found.truth == 0) & (np.isin(found.source, sorted(fold)) if fold is not None else True))


def _alarms(found: Samples, score: np.ndarray, folds: Sequence[frozenset[str]]) -> dict[str, float]:
    """Share of each real source above what 5 % of all real pictures of its fold lie above."""
    told = {}
    for s in np.unique(found.source[found.truth == 0]):
        threshold = float(np.quantile(score[_beside(found, str(s), folds)], 0.95))
        told[str(s)] = round(float((score[found.source == s] > threshold).mean()), 3)
    return told


def _joined(real: list[np.ndarray], false: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    score = np.concatenate(real + false)
    truth = np.zeros(len(score))
    truth[sum(len(r) for r in real) :] = 1
    return truth, score


def _again(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    return values[rng.integers(len(values), size=len(values))]


__all__ = ["LEAST", "by_source"]
