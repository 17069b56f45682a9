"""Figures of one set of scores: by generated source against every real picture judged alike, with intervals over sources."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.kinds.images.generated.votes import Samples
from assay.learning.evaluate import auc, recall_at

ROUNDS = 400
LEAST = 5  # pictures of a source that a figure of its own rests on


def by_source(found: Samples, score: np.ndarray, *, least: int = LEAST) -> dict[str, Any]:
    """AUC, recall at 5 % and 1 % false positives: the mean over generated sources with its interval, each source, each
    generator. Every generated source stands against all real pictures, real sources weighing alike in the intervals."""
    sources = {str(s): int((found.source == s).sum()) for s in np.unique(found.source[found.truth == 1])}
    counted = [s for s, n in sources.items() if n >= least]
    if not counted or not (found.truth == 0).any():
        return {}
    return {
        "mean over sources": _mean(found, score, counted),
        "pooled": _three(found.truth, score),
        "real pictures": int((found.truth == 0).sum()),
        "sources": {s: _against(found, score, found.source == s) for s in sources},
        "generators": {
            str(g): _against(found, score, found.generator == g) for g in np.unique(found.generator[found.truth == 1])
        },
        "false alarms by real source at 5 %": _alarms(found, score),
    }


def _mean(found: Samples, score: np.ndarray, counted: list[str]) -> dict[str, Any]:
    """The mean over generated sources, and 95 % of what it comes to when sources are drawn anew, generated and real alike, and
    then pictures within them."""
    rng = np.random.default_rng(1)
    real = [score[found.source == s] for s in np.unique(found.source[found.truth == 0])]
    false = [score[found.source == s] for s in counted]
    whole = [_three(*_joined(real, [f])) for f in false]
    drawn = []
    for _ in range(ROUNDS):
        reals = [_again(rng, real[i]) for i in rng.integers(len(real), size=len(real))]
        fakes = [_again(rng, false[i]) for i in rng.integers(len(false), size=len(false))]
        each = [_three(*_joined(reals, [f])) for f in fakes]
        drawn.append([np.mean([e[name] for e in each]) for name in whole[0]])
    low, high = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    return {
        name: {
            "value": round(float(np.mean([w[name] for w in whole])), 3),
            "interval": [round(float(low[i]), 3), round(float(high[i]), 3)],
        }
        for i, name in enumerate(whole[0])
    } | {"sources": len(counted)}


def _against(found: Samples, score: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    both = rows | (found.truth == 0)
    return _three(found.truth[both], score[both]) | {"pictures": int(rows.sum())}


def _three(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    return {
        "AUC": round(auc(truth, score), 3),
        "recall at 5 %": round(recall_at(truth, score, 0.05), 3),
        "recall at 1 %": round(recall_at(truth, score, 0.01), 3),
    }


def _alarms(found: Samples, score: np.ndarray) -> dict[str, float]:
    threshold = float(np.quantile(score[found.truth == 0], 0.95))
    return {
        str(s): round(float((score[found.source == s] > threshold).mean()), 3)
        for s in np.unique(found.source[found.truth == 0])
    }


def _joined(real: list[np.ndarray], false: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    score = np.concatenate(real + false)
    truth = np.zeros(len(score))
    truth[sum(len(r) for r in real) :] = 1
    return truth, score


def _again(rng: np.random.Generator, values: np.ndarray) -> np.ndarray:
    return values[rng.integers(len(values), size=len(values))]


__all__ = ["LEAST", "by_source"]
