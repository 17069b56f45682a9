"""The model of made-up names: letter chain and boosted trees in one folder (`chain.json`, `trees.txt`). `score` is the chance that
a label was made up where as many are as are not; labels too short to tell, and those that are not in plain letters, have none."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.networks.generated.letters import ALPHABET, Chain, features
from assay.kinds.networks.places import registered
from assay.learning.registry import ModelFolder, open_folder

NAME = "networks.dga"
SHIPPED = Path(__file__).parent / "shipped"
SHORT, LONG = 7, 63  # characters of a label that can be judged


class NameModel:
    """`limit`: the score that one in a hundred of people's names kept out of training reaches."""

    def __init__(self, folder: ModelFolder) -> None:
        import lightgbm

        self.version = folder.version
        self.chain = Chain(folder.json("chain.json"))
        self.trees = lightgbm.Booster(model_str=folder.files["trees.txt"])
        self.limit = float(folder.card["figures"]["limit"])

    def score(self, labels: list[str]) -> np.ndarray:
        """float64[n], NaN where a label cannot be judged."""
        out = np.full(len(labels), np.nan)
        fit = [i for i, label in enumerate(labels) if judgeable(label)]
        if fit:
            rows = np.array([features(self.chain, labels[i]) for i in fit])
            out[fit] = np.asarray(self.trees.predict(rows, num_threads=1))
        return out


def judgeable(label: str) -> bool:
    """Long enough, in plain letters, and no other script written in them (`xn--`)."""
    return SHORT <= len(label) <= LONG and not label.startswith("xn--") and all(c in ALPHABET for c in label)


def label_of(domain: str) -> str:
    """The label that somebody chose: the one before the public suffix."""
    return registered(domain.lower())[1].partition(".")[0]


@lru_cache(maxsize=4)
def open_model(path: Path) -> NameModel:
    """Raises `ModelError` where there is none."""
    return NameModel(open_folder(path))


def model_of(models: Path | None) -> Any:
    """An operator's model, or the one that ships."""
    return open_model(folder_of(models))


def folder_of(models: Path | None) -> Path:
    own = models / "dga" if models is not None else None
    return own if own is not None and (own / "card.json").is_file() else SHIPPED


__all__ = ["NAME", "SHIPPED", "SHORT", "NameModel", "folder_of", "judgeable", "label_of", "model_of", "open_model"]
