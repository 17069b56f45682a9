"""The second voter: boosted trees over statistics of a face's parts (`vision.regions`), learned from the same kind of pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.kinds.faces.forged.crops import Crop, cut
from assay.kinds.faces.forged.disturb import coloured, sent
from assay.kinds.faces.forged.pairs import drawn
from assay.vision import regions

PAIRS, ROUNDS = 9000, 500
_SETTINGS = {
    "objective": "binary", "learning_rate": 0.04, "num_leaves": 31, "min_data_in_leaf": 40, "feature_fraction": 0.2,
    "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5.0, "num_threads": 1, "verbose": -1, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip


def rows(
    crops: Sequence[Crop], pairs: int, others: float, seed: int, whole: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Statistics float32 (2 pairs, numbers) and truth (2 pairs,): faces and their twins, disturbed alike. `whole`: the
    twin is the whole face changed, and nothing is blended."""
    rng = np.random.default_rng(seed)
    found = []
    for crop, twin, state in drawn(rng, crops, pairs, others, whole=whole):
        for pixels in (crop.pixels, twin):
            again = np.random.default_rng(state)
            small, points = cut(pixels, crop.points)
            found.append(regions.of_crop(sent(again, coloured(again, small)), points))
    return np.array(found, np.float32), np.tile([0.0, 1.0], pairs)


def grow(numbers: np.ndarray, truth: np.ndarray, seed: int) -> str:
    """The trees as LightGBM's text."""
    import lightgbm

    data = lightgbm.Dataset(numbers, truth, feature_name=[f"f{i}" for i in range(numbers.shape[1])])
    told: str = lightgbm.train(_SETTINGS | {"seed": seed}, data, ROUNDS).model_to_string()
    return told
