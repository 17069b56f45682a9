"""Which faces are drawn for training, and how often: every source is heard, and a swap is made between faces alike in pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.kinds.faces.forged.crops import Crop

_NEAREST = 12


def weights(crops: Sequence[Crop]) -> np.ndarray:
    """How often each crop is drawn: large sources weigh by the root of their size, so that small ones are seen too."""
    sources = [crop.listed.source for crop in crops]
    names, counts = np.unique(sources, return_counts=True)
    each = dict(zip(names.tolist(), counts**-0.5, strict=True))
    found = np.array([each[source] for source in sources])
    return np.asarray(found / found.sum())


def partners(crops: Sequence[Crop]) -> list[np.ndarray]:
    """For each crop the others of its source whose meshes are nearest: faces that a swap would pair."""
    shapes = np.stack([crop.points[::4].reshape(-1) for crop in crops])
    sources = np.array([crop.listed.source for crop in crops])
    found: list[np.ndarray] = []
    for at in range(len(crops)):
        same = np.flatnonzero((sources == sources[at]) & (np.arange(len(crops)) != at))
        far = np.square(shapes[same] - shapes[at]).sum(1)
        found.append(same[np.argsort(far)[:_NEAREST]])
    return found


def beside(rng: np.random.Generator, crops: Sequence[Crop], near: np.ndarray) -> np.ndarray | None:
    """One of them; None for a face that is alone in its source."""
    return crops[int(rng.choice(near))].pixels if len(near) else None
