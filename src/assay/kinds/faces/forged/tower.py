"""The third voter: heads on the CLIP image tower (`vision.clip_tower`), learned from the same kind of pairs; where the tower is not
installed, nobody misses it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from assay.kinds.faces.forged.crops import Crop
from assay.kinds.faces.forged.disturb import coloured, sent
from assay.kinds.faces.forged.pairs import drawn
from assay.vision import clip_tower
from assay.vision.align import aligned
from assay.vision.forged import SIDE, TOWER, tower_tokens

PAIRS = 2500
_LOOSE = 1.0  # how far a head may go on its numbers, for all samples together


def rows(
    crops: Sequence[Crop], pairs: int, others: float, seed: int, whole: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """What the tower sees, float32 (2 pairs, numbers), and truth (2 pairs,): faces and their twins, disturbed alike. `whole`:
    the twin is the whole face changed, and nothing is blended."""
    rng = np.random.default_rng(seed)
    views: list[np.ndarray] = []
    for crop, twin, state in drawn(rng, crops, pairs, others, whole=whole):
        for pixels in (crop.pixels, twin):
            again = np.random.default_rng(state)
            view = aligned(pixels, crop.points, SIDE).pixels
            views.append(sent(again, coloured(again, view)) if rng.random() < 0.5 else view)
    return seen(views), np.tile([0.0, 1.0], pairs)


def seen(views: Iterable[np.ndarray]) -> np.ndarray:
    """float32 (n, numbers) of faces cut out upright; the tower must be there."""
    told = (clip_tower.seen(view) for view in views)
    return np.stack([tower_tokens(one) for one in told if one is not None])


def learn(numbers: np.ndarray, truth: np.ndarray, out: Path) -> None:
    """Writes the heads into the model's folder."""
    weight, level = _heads(numbers.reshape(len(numbers), -1, clip_tower.WIDTH), truth, np.ones(len(truth)))
    told = {"weights": [float(f"{w:.4g}") for w in weight], "level": round(level, 4)}
    (out / TOWER).write_text(json.dumps(told), "utf-8")


def _heads(tokens: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean of logistic regressions, one on each token: float32 (n, tokens, width), truth (n,) 0 or 1 and the weight of
    each sample, which sum to n -> weights float64[tokens * clip_tower.WIDTH] and level, in log-odds."""
    from sklearn.linear_model import LogisticRegression

    count = tokens.shape[1]
    line, level = np.zeros((count, clip_tower.WIDTH)), 0.0
    for at in range(count):
        numbers = tokens[:, at].astype(np.float64)
        middle, scale = numbers.mean(0), numbers.std(0) + 1e-6
        head = LogisticRegression(C=_LOOSE / len(numbers), max_iter=500)
        head.fit((numbers - middle) / scale, truth, sample_weight=weight)
        line[at] = head.coef_[0] / scale / count
        level += float(head.intercept_[0]) / count - float(line[at] @ middle)
    return line.ravel(), level


def votes(folder: Path, crops: Sequence[Crop]) -> np.ndarray | None:
    """float64 (n,) log-odds of the model's heads; None where it has none, or there is no tower."""
    if not (folder / TOWER).is_file() or not clip_tower.available():
        return None
    if not crops:
        return np.zeros(0)
    told = json.loads((folder / TOWER).read_text("utf-8"))
    return np.asarray(seen([crop.view for crop in crops]) @ np.array(told["weights"]) + told["level"], np.float64)
