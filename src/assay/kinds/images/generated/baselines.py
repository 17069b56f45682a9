"""What the detector is measured beside, on the same folds in the same run: an NPR-style residual, and the control that may know
nothing of the pixels but size, format and tables.

Another is logistic regression on CLIP's embedding; the rest are voters of ours by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assay.kinds.images.generated.aligned import saved
from assay.kinds.images.generated.pictures import Picture
from assay.kinds.images.generated.votes import Samples, weights

_BINS = 8
Learn = Callable[[np.ndarray, np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]


def npr(pixels: np.ndarray) -> np.ndarray:
    """float32: histograms of each pixel less its 2x2 block's first (Tan et al., CVPR 2024), by place in the block and colour,
    and the means of their sizes."""
    even = pixels[: len(pixels) // 2 * 2, : pixels.shape[1] // 2 * 2].astype(np.int16)
    first = even[::2, ::2]
    found: list[np.ndarray] = []
    for y, x in ((0, 1), (1, 0), (1, 1)):
        rest = even[y::2, x::2] - first
        for colour in range(3):
            count = np.bincount(np.clip(rest[..., colour], -_BINS, _BINS).ravel() + _BINS, minlength=2 * _BINS + 1)
            found += [
                np.log((count + 1) / count.sum()),
                np.log(np.abs(rest[..., colour]).mean(keepdims=True).ravel() + 0.01),
            ]
    return np.concatenate(found).astype(np.float32)


def of_the_file(pictures: Sequence[Picture]) -> np.ndarray:
    """float32 (n, 6): sides, their ratio, the quality of the tables, bytes a pixel, and the format, of files as they came."""
    kinds = sorted({p.format for p in pictures})
    rows = [
        (*p.pixels.shape[:2], p.pixels.shape[0] / p.pixels.shape[1], p.quality or 0,
         p.bytes / p.pixels[..., 0].size, kinds.index(p.format))
        for p in pictures
    ]  # fmt: skip
    return np.array(rows, np.float32)


def after_the_pipeline(found: Samples) -> np.ndarray:
    """float32 (n, 3): what the common pipeline leaves of that: both sides, and the bytes a pixel that a save at 85 takes."""
    import cv2

    rows = []
    for pixels in found.pixels:
        ok, content = cv2.imencode(".jpg", saved(pixels, 95)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        rows.append((*pixels.shape[:2], len(content) / pixels[..., 0].size if ok else 0.0))
    return np.array(rows, np.float32)


def trees(numbers: np.ndarray, truth: np.ndarray, source: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Boosted trees as the statistics have them."""
    import lightgbm

    from assay.kinds.images.generated.votes import ROUNDS, TREES

    learned = lightgbm.train(TREES, lightgbm.Dataset(numbers, truth, weight=weights(truth, source)), ROUNDS)
    return lambda rows: np.asarray(learned.predict(rows, raw_score=True, num_threads=1))


def linear(numbers: np.ndarray, truth: np.ndarray, source: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Logistic regression, as others put it on CLIP's embedding."""
    from sklearn.linear_model import LogisticRegression

    head = LogisticRegression(C=100.0, max_iter=3000).fit(numbers, truth, sample_weight=weights(truth, source))
    return lambda rows: np.asarray(head.decision_function(rows))


def left_out(
    numbers: np.ndarray, truth: np.ndarray, source: np.ndarray, folds: Sequence[frozenset[str]], learn: Learn = trees
) -> np.ndarray:
    """float64[n] scores, each by a model that never saw the fold of its source."""
    score = np.zeros(len(truth))
    for fold in folds:
        rows = np.isin(source, sorted(fold))
        if rows.any() and len(set(truth[~rows])) == 2:
            score[rows] = learn(numbers[~rows], truth[~rows], source[~rows])(numbers[rows])
    return score


def spared(found: dict[str, Any]) -> dict[str, Any]:
    """The lines of `figures.by_source` that a baseline is told by."""
    kept = {name: found[name] for name in ("mean over sources",) if name in found}
    return kept | {"sources": {name: told.get("AUC") for name, told in found.get("sources", {}).items()}}


__all__ = ["after_the_pipeline", "left_out", "linear", "npr", "of_the_file", "spared", "trees"]
