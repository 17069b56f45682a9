"""The model of presentation attacks: a logistic regression and boosted trees over the same features, heard alike, with the two
thresholds between which it leaves the matter open. Every feature is cut off at four spreads, so that one odd number cannot
decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from assay.core.errors import ModelError
from assay.learning import registry

SHIPPED = Path(__file__).parent / "shipped"
FILE, TREES = "presentation.json", "trees.txt"
CUT = 4.0
MOST_BLUR = (
    0.58  # beyond it ordinary portraits, enlarged or saved often, look like recaptures: 19 in 20 selfies stay below
)
MOST_ODD = 0.15  # share of features beyond the cut from which a picture is like none that the model learned from

GROUPS = {
    "texture": ("pattern",),
    "spectrum": ("slope", "middle", "peak", "peaks", "direction", "grid"),
    "colour": ("colour",),
    "light": ("light",),
    "surroundings": ("ring",),
}


class Line(msgspec.Struct, frozen=True):
    """`names` of features with their middle, spread and weight; `bias`; `scales`: by what the regression's log-odds and the
    trees' are divided before they are added. At most `low` nothing speaks of an attack, above `high` something does."""

    names: list[str]
    middles: list[float]
    spreads: list[float]
    weights: list[float]
    bias: float
    scales: tuple[float, float] = (1.0, 1.0)
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Model:
    """Scores are the higher, the more speaks for an attack; they are no log-odds."""

    line: Line
    trees: Any  # lightgbm.Booster over the same features, standardised

    def row(self, features: dict[str, float]) -> np.ndarray:
        """float64[1, names]; NaN where the picture has no such thing."""
        return np.array([[features.get(name, np.nan) for name in self.line.names]])

    def standard(self, values: np.ndarray) -> np.ndarray:
        """float64[n, names] in spreads from the middle, 0 where there was none."""
        spreads = (values - np.array(self.line.middles)) / np.array(self.line.spreads)
        return np.asarray(np.nan_to_num(spreads, nan=0.0))

    def scores(self, values: np.ndarray) -> np.ndarray:
        """float64[n] of features float64[n, names]."""
        held = np.clip(self.standard(values), -CUT, CUT)
        return np.asarray(
            (held @ np.array(self.line.weights) + self.line.bias) / self.line.scales[0]
            + self.trees.predict(held, raw_score=True, num_threads=1) / self.line.scales[1]
        )

    def score(self, features: dict[str, float]) -> float:
        return float(self.scores(self.row(features))[0])

    def answers(self, features: dict[str, float]) -> bool:
        """Can it say anything of this picture: is it sharp enough, and like those that it learned from?"""
        odd = float((np.abs(self.standard(self.row(features))) > CUT).mean()) > MOST_ODD
        return not odd and features["blur"] <= MOST_BLUR

    def cues(self, features: dict[str, float]) -> dict[str, float]:
        """Group of features -> what it adds to the score, by the regression's terms and the trees' SHAP values."""
        held = np.clip(self.standard(self.row(features)), -CUT, CUT)
        shap = np.asarray(self.trees.predict(held, pred_contrib=True, num_threads=1))[0, :-1]
        parts = held[0] * np.array(self.line.weights) / self.line.scales[0] + shap / self.line.scales[1]
        told = dict.fromkeys(GROUPS, 0.0)
        for name, part in zip(self.line.names, parts.tolist(), strict=True):
            told[group_of(name)] += part
        return told


def group_of(name: str) -> str:
    """The group that a feature belongs to."""
    for group, marks in GROUPS.items():
        if any(piece.startswith(marks) for piece in name.split(".")):
            return group
    raise ModelError(f"a feature of no group: {name}")


@cache
def opened(folder: Path = SHIPPED) -> tuple[Model, str]:
    """The model of a folder and its version. Raises `ModelError` where it is missing or damaged."""
    import lightgbm

    found = registry.open_folder(folder)
    try:
        line = msgspec.json.decode(found.files[FILE], type=Line)
        return Model(line, lightgbm.Booster(model_str=found.files[TREES])), found.version
    except (KeyError, msgspec.MsgspecError, lightgbm.basic.LightGBMError) as error:
        raise ModelError(str(error), where=str(folder), hint="assay train liveness makes one") from None
