"""When is a cue's score remarkable? That depends on the camera, the scanner and the messenger a picture came through, so an
operator fits it on genuine files of their own channel: ten will do, more are better.

For each cue the genuine scores are kept; a new score's p-value is its rank among them, and beyond the largest it falls off
like an exponential fitted to the upper half. The smallest p-value over the cues, times their number, is the picture's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from assay.vision.traces.scores import Scores

LEAST_FILES = 10
REMARKABLE = 0.01


@dataclass(frozen=True)
class Thresholds:
    """`genuine` cue -> scores of genuine pictures, ascending. Empty: nothing was fitted."""

    genuine: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def p_value(self, cue: str, score: float) -> float | None:
        """How often a genuine picture of this channel scores as high; None where the cue was not seen often enough."""
        known = self.genuine.get(cue, ())
        if len(known) < LEAST_FILES:
            return None
        n, middle = len(known), known[len(known) // 2]
        if score <= known[-1]:
            return (1 + sum(k >= score for k in known)) / (n + 1)
        excess = sum(k - middle for k in known if k > middle) / max(1, sum(k > middle for k in known))
        tail = math.exp(-(score - known[-1]) / max(excess, 1e-6 + 0.05 * abs(middle)))
        return tail / (n + 1)

    def judge(self, found: Scores) -> tuple[float | None, dict[str, float]]:
        """The picture's p-value over all cues (None: nothing fitted), and that of each cue."""
        each = {cue: p for cue, (score, _) in found.peaks.items() if (p := self.p_value(cue, score)) is not None}
        return (min(1.0, len(each) * min(each.values())) if each else None), each

    def scales(self) -> dict[str, float]:
        """Cue -> the largest genuine score: where a map begins to be remarkable."""
        return {cue: max(known[-1], 1e-3) for cue, known in self.genuine.items() if len(known) >= LEAST_FILES}


def fit(found: list[Scores]) -> Thresholds:
    """From genuine pictures' scores; a cue that could speak of fewer than ten of them is left out."""
    seen: dict[str, list[float]] = {}
    for scored in found:
        for cue, (score, _) in scored.peaks.items():
            seen.setdefault(cue, []).append(round(score, 4))
    return Thresholds({cue: tuple(sorted(values)) for cue, values in seen.items() if len(values) >= LEAST_FILES})


__all__ = ["LEAST_FILES", "REMARKABLE", "Thresholds", "fit"]
