"""Figures of presentation attack detection as ISO/IEC 30107-3 defines them: the share of attack presentations of one species
taken for bona fide (APCER), of bona fide presentations taken for attacks (BPCER), those without an answer apart, and the worst
species for all. Scores are higher for attacks. Intervals are of 95 % (Clopper and Pearson 1934); presentations of one person
or one recording are not independent, so that the true ones are wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

LEVELS = (0.10, 0.05, 0.01)  # of APCER at which BPCER is told
LEAST = 10  # presentations of a species, for it to count as the worst: of fewer only the numbers are told


def rate(errors: int, n: int) -> dict[str, Any]:
    """An error rate with its interval; nothing but n where n is 0."""
    if not n:
        return {"n": 0}
    from scipy.stats import beta

    low = 0.0 if errors == 0 else float(beta.ppf(0.025, errors, n - errors + 1))
    high = 1.0 if errors == n else float(beta.ppf(0.975, errors + 1, n - errors))
    return {"rate": errors / n, "errors": errors, "n": n, "low": low, "high": high}


def detection(scores: np.ndarray, species: Sequence[str], threshold: float) -> dict[str, Any]:
    """APCER per species and BPCER at a threshold: scores above it are called attacks. scores float64[n], NaN where there was
    no answer; species "" for a bona fide presentation."""
    kinds = np.array(species, object)
    told: dict[str, Any] = {"apcer": {}}
    for name in sorted(set(species) - {""}):
        told["apcer"][name] = _errors(scores[kinds == name], threshold, attack=True)
    many = [one["rate"] for one in told["apcer"].values() if one["n"] >= LEAST]
    told["worst_apcer"] = max(many, default=None)
    told["bpcer"] = _errors(scores[kinds == ""], threshold, attack=False)
    return told


def _errors(scores: np.ndarray, threshold: float, *, attack: bool) -> dict[str, Any]:
    answered = scores[~np.isnan(scores)]
    wrong = (answered <= threshold) if attack else (answered > threshold)
    return rate(int(wrong.sum()), len(answered)) | {"no_response": len(scores) - len(answered)}


def trade(scores: np.ndarray, species: Sequence[str], least: int = LEAST) -> dict[str, Any]:
    """BPCER where the worst APCER of species with `least` presentations is at most 10, 5 and 1 %, with thresholds set on these very scores: what the score
    could do, not what a detector with a threshold of its own does."""
    kinds = np.array(species, object)
    answered = ~np.isnan(scores)
    names = [name for name in sorted(set(species) - {""}) if (answered & (kinds == name)).sum() >= least]
    bona_fide = scores[answered & (kinds == "")]
    if not names or not len(bona_fide):
        return {}
    told = {}
    for level in LEVELS:
        edge = min(_threshold(scores[answered & (kinds == name)], level) for name in names)
        told[f"bpcer_at_apcer_{round(100 * level)}%"] = rate(int((bona_fide > edge).sum()), len(bona_fide))
    return told


def _threshold(attacks: np.ndarray, level: float) -> float:
    """The highest at which at most this share of the attacks lies at or below it."""
    missed = int(level * len(attacks))
    return float(np.nextafter(np.sort(attacks)[missed], -np.inf))


def auc(scores: np.ndarray, species: Sequence[str]) -> float | None:
    """Chance that an attack scores above a bona fide presentation, ties half; None without both."""
    from assay.learning.evaluate import auc as area

    answered = ~np.isnan(scores)
    truth = np.array([bool(one) for one in species])[answered]
    value = float(area(truth.astype(np.int8), scores[answered])) if len(truth) else float("nan")
    return None if np.isnan(value) else value


def auc_by(scores: np.ndarray, species: Sequence[str], sources: Sequence[str]) -> dict[str, float | None]:
    """`auc` within each source."""
    told = {}
    for source in sorted(set(sources)):
        at = [i for i, one in enumerate(sources) if one == source]
        told[source] = auc(scores[at], [species[i] for i in at])
    return told
