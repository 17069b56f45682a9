"""Scores of single frames made one answer for a film: a mean that a few frames cannot sway, and the seconds in which they stay
high. Frames of one film resemble each other, so forty of them weigh far less than forty pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

TRIM = 0.2  # of the frames, at either end
_STRONG = 8.0  # log-odds beyond which a frame says no more


class Score(NamedTuple):
    """`at` seconds and `probability` of one frame that can be judged; `doubt` the model's own."""

    at: float
    probability: float
    doubt: tuple[float, float]


class Pooled(NamedTuple):
    """`probability` of the trimmed mean of the log-odds, not calibrated for films; `high` the share of frames above the model's
    doubt; `low` that below it; `spans` seconds in which it stays above."""

    n: int
    probability: float
    high: float
    low: float
    spans: tuple[tuple[float, float], ...]


def pooled(scores: Sequence[Score]) -> Pooled:
    """Of at least one frame, in order of time."""
    p = np.clip([one.probability for one in scores], 1e-6, 1 - 1e-6)
    odds = np.clip(np.log(p / (1 - p)), -_STRONG, _STRONG)
    kept = np.sort(odds)[int(TRIM * len(odds)) : len(odds) - int(TRIM * len(odds))]
    above = np.array([one.probability >= one.doubt[1] for one in scores])
    below = np.array([one.probability <= one.doubt[0] for one in scores])
    mean = 1 / (1 + np.exp(-kept.mean()))
    return Pooled(len(scores), float(mean), float(above.mean()), float(below.mean()), _spans(scores, above))


def _spans(scores: Sequence[Score], above: np.ndarray, least: int = 3) -> tuple[tuple[float, float], ...]:
    """Runs of at least three high frames; one frame between two that are high is carried along."""
    held = above.copy()
    held[1:-1] |= above[:-2] & above[2:]
    found, start = [], None
    for i, high in enumerate([*held.tolist(), False]):
        if high and start is None:
            start = i
        elif not high and start is not None:
            if i - start >= least:
                found.append((scores[start].at, scores[i - 1].at))
            start = None
    return tuple(found)


def curve(scores: Sequence[Score], most: int = 96) -> list[tuple[float, float]]:
    """For the record and the page: (second, probability) of at most so many frames."""
    step = max(1, -(-len(scores) // most))
    return [(round(one.at, 2), round(one.probability, 3)) for one in scores[::step]]


__all__ = ["Pooled", "Score", "curve", "pooled"]
