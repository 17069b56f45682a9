"""The model of presentation attacks: a logistic regression over the features, with the two thresholds between which it leaves
the matter open. Every feature is cut off at four spreads, so that one odd number cannot decide.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from assay.core.errors import ModelError
from assay.learning import registry

SHIPPED = Path(__file__).parent / "shipped"
FILE = "presentation.json"
CUT = 4.0
MOST_BLUR = (
    0.58  # beyond it ordinary portraits, enlarged or saved often, look like recaptures: 19 in 20 selfies stay below
)
MOST_ODD = 0.15  # share of features beyond the cut from which a picture is like none that the model learned from

GROUPS = {
    "texture": ("pattern",),
    "spectrum": ("slope", "middle", "peak", "peaks", "direction", "grid"),
    "detail": ("blur", "band", "fine", "grain", "along", "down", "tails"),
    "colour": ("colour",),
    "light": ("light",),
    "surroundings": ("ring",),
}


class Model(msgspec.Struct, frozen=True):
    """`names` of features with their middle, spread and weight; `bias`; scores are log-odds of attack. At most `low` nothing
    speaks of an attack, above `high` something does."""

    names: list[str]
    middles: list[float]
    spreads: list[float]
    weights: list[float]
    bias: float
    low: float
    high: float

    def standard(self, features: dict[str, float]) -> np.ndarray:
        """float64[n]: each feature in spreads from its middle, 0 where the picture has none."""
        values = np.array([features.get(name, np.nan) for name in self.names])
        return np.asarray(np.nan_to_num((values - np.array(self.middles)) / np.array(self.spreads), nan=0.0))

    def score(self, features: dict[str, float]) -> float:
        """Log-odds of attack as of the training sources: no probability of yours."""
        return float(np.clip(self.standard(features), -CUT, CUT) @ np.array(self.weights) + self.bias)

    def answers(self, features: dict[str, float]) -> bool:
        """Can it say anything of this picture: is it sharp enough, and like those that it learned from?"""
        odd = float((np.abs(self.standard(features)) > CUT).mean()) > MOST_ODD
        return not odd and features["blur"] <= MOST_BLUR

    def cues(self, features: dict[str, float]) -> dict[str, float]:
        """Group of features -> what it adds to the score."""
        parts = np.clip(self.standard(features), -CUT, CUT) * np.array(self.weights)
        told = dict.fromkeys(GROUPS, 0.0)
        for name, part in zip(self.names, parts.tolist(), strict=True):
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
    found = registry.open_folder(folder)
    try:
        return msgspec.json.decode(found.files[FILE], type=Model), found.version
    except (KeyError, msgspec.MsgspecError) as error:
        raise ModelError(str(error), where=str(folder)) from None
