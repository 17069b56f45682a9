"""The history model: boosted trees over every doubt, as it is now, at its worst lately, and on average. No tree reads a place, a
time, a name or how often anybody speaks, and no doubt that grows may lower a score: so what a recording happens to look like
(noise that is missing, where its origin lies) cannot speak for or against a sender.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from assay.kinds.roads.motion.layout import DOUBTS, OUTSIDE
from assay.kinds.roads.motion.watch import Seen
from assay.learning.calibrate import Calibration
from assay.learning.registry import ModelFolder, find, open_folder
from assay.learning.trees import Trees

NAME = "roads.misbehaviour"
SHIPPED = Path(__file__).parent / "shipped"
READ = tuple(i for i, name in enumerate(DOUBTS) if name not in OUTSIDE)
COLUMNS = tuple(f"{when}_{DOUBTS[i]}" for when in ("now", "worst", "average") for i in READ)


def columns(seen: Seen, read: tuple[int, ...] = READ) -> np.ndarray:
    """float64[n, 3 * len(read)], C order: what the trees see."""
    at = list(read)
    return np.ascontiguousarray(np.concatenate([seen.now[:, at], seen.peak[:, at], seen.mean[:, at]], axis=1))


class History:
    """`limit`: the probability that one in a hundred honest vehicles, kept out of training, ever reaches."""

    def __init__(self, folder: ModelFolder) -> None:
        self.version, self.card = folder.version, folder.card
        self.trees = Trees([folder.files["trees.txt"]])
        self.calibration = Calibration.of(folder.json("calibration.json"))
        self.limit = float(folder.card["figures"]["limit"])

    def probability(self, seen: Seen) -> np.ndarray:
        """float64[n]: how likely each message is a liar's, at the prevalence that the card names."""
        return self.calibration(self.trees.score(columns(seen)))

    def why(self, seen: Seen, rows: np.ndarray, most: int = 3) -> list[list[tuple[str, float]]]:
        """For each of these rows the doubts that added most to its score, with how much (log-odds)."""
        told = self.trees.contributions(columns(seen)[rows])[:, :-1]
        summed = told.reshape(len(rows), 3, len(READ)).sum(axis=1)
        best = np.argsort(-summed, axis=1, kind="stable")[:, :most]
        return [
            [(DOUBTS[READ[j]], float(row[j])) for j in top if row[j] > 0] for row, top in zip(summed, best, strict=True)
        ]


@lru_cache(maxsize=4)
def open_model(path: Path) -> History:
    """Raises `ModelError` where there is none."""
    return History(open_folder(path))


def model_of(models: Path | None) -> History | None:
    """An operator's model, or the one that ships."""
    for path in find(models):
        if open_folder(path).card.get("detector") == NAME:
            return open_model(path)
    return open_model(SHIPPED) if (SHIPPED / "card.json").is_file() else None


__all__ = ["COLUMNS", "NAME", "READ", "SHIPPED", "History", "columns", "model_of", "open_model"]
