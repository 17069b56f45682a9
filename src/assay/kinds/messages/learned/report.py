"""What stands in a card: how well scores told lures from the rest, over all and apart by source, language and category.

Scores are of rows their model did not learn from. A false alarm is a genuine row above the band; so a language's share of
false alarms is measured at the threshold of the whole, as it will be in use.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from assay.kinds.messages.learned.labelled import Labelled
from assay.learning.calibrate import Calibration
from assay.learning.evaluate import figures, threshold_at

RATES = {"unsure": 0.005, "sure": 0.001}
SIMULATED_RATES = {"unsure": 0.001, "sure": 0.0001}
LEAST = 20  # rows of a slice that a share is worth saying of


def bands(truth: np.ndarray, score: np.ndarray, *, simulated: bool = False) -> dict[str, float]:
    """The scores that 0.5 % and 0.1 % of genuine rows lie above. Where every row is simulated, those that 0.1 % and 0.01 %
    lie above: the world is wider than its simulation, and there more of the genuine rows score high."""
    rates = SIMULATED_RATES if simulated else RATES
    return {name: threshold_at(truth, score, rate) for name, rate in rates.items()}


BASE_RATE = 0.02
"""Share of lures among messages that probabilities are stated for: labelled tables hold far
more of them than a mailbox does."""


def rebased(calibration: Calibration, learned: float, stated: float) -> Calibration:
    """The same calibration for another share of lures: log-odds move by a constant (Saerens et al. 2002)."""
    shift = math.log(stated / (1 - stated)) - math.log(learned / (1 - learned))
    return Calibration(calibration.method, calibration.score, calibration.log_odds + shift)


def told(rows: Labelled, score: np.ndarray, probability: np.ndarray, at: dict[str, float]) -> dict[str, Any]:
    """Figures over all rows, and slices of them at the bands `at`."""
    found: dict[str, Any] = figures(rows.truth, score, probability)
    found["bands"] = at
    found["by_source"] = {
        str(name): figures(rows.truth[part], score[part]) for name in np.unique(rows.source.astype(str)) if len(part := np.flatnonzero(rows.source == name))
    }  # fmt: skip
    for slice_ in ("language", "category"):
        values = rows.told[slice_].astype(str)
        if any(values):
            found[f"by_{slice_}"] = by(values, rows.truth, score, at)
    return found


def by(values: np.ndarray, truth: np.ndarray, score: np.ndarray, at: dict[str, float]) -> dict[str, Any]:
    """Value -> counts, share of genuine rows above each band (false alarms) and of lures above it (recall)."""
    found: dict[str, Any] = {}
    for value in np.unique(values[values != ""]):
        part = values == value
        genuine, lures = part & (truth == 0), part & (truth == 1)
        one: dict[str, Any] = {"genuine": int(genuine.sum()), "lures": int(lures.sum())}
        for name, threshold in at.items():
            if one["genuine"] >= LEAST:
                one[f"false_alarms_{name}"] = float(np.mean(score[genuine] >= threshold))
            if one["lures"] >= LEAST:
                one[f"recall_{name}"] = float(np.mean(score[lures] >= threshold))
        found[str(value)] = one
    return found


def weaknesses(found: dict[str, Any]) -> list[str]:
    """Sentences for the card: where it fails, read off its own figures."""
    said = []
    for slice_ in ("language", "category"):
        for value, one in found.get(f"by_{slice_}", {}).items():
            if one.get("false_alarms_unsure", 0.0) > 0.05:
                said.append(
                    f"{slice_} {value}: {one['false_alarms_unsure']:.0%} of genuine texts above the lower band."
                )
            if one.get("recall_unsure", 1.0) < 0.7:
                said.append(f"{slice_} {value}: only {one['recall_unsure']:.0%} of lures above the lower band.")
    return said
