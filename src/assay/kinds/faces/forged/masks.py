"""Which part of a face is exchanged: the hull of some of the mesh's points, deformed, blurred, eroded or dilated.

Whole faces as in self-blended images (Shiohara and Yamasaki 2022) and Face X-ray (Li et al. 2020); parts of a face (eyes,
nose, mouth, the lower half) besides, since composites by hand exchange those.
"""

from __future__ import annotations

import numpy as np

from assay.vision.mesh import OVAL
from assay.vision.regions import LEFT_EYE, MOUTH, NOSE, RIGHT_EYE

INNER = (
    70,
    63,
    105,
    66,
    107,
    9,
    336,
    296,
    334,
    293,
    300,
    356,
    454,
    361,
    397,
    379,
    400,
    152,
    176,
    150,
    172,
    132,
    234,
    127,
)
LOWER = (234, 118, 5, 347, 454, 361, 397, 379, 400, 152, 176, 150, 172, 132)

WHOLE = (OVAL, INNER, OVAL[2:-2])
PARTS = (RIGHT_EYE, LEFT_EYE, RIGHT_EYE + LEFT_EYE, NOSE, MOUTH, RIGHT_EYE + LEFT_EYE + NOSE, NOSE + MOUTH, LOWER)
RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)  # of blending; from the paper


def mask(rng: np.random.Generator, points: np.ndarray, side: int, parts: float) -> np.ndarray:
    """float32 (side, side) in 0..1: how much of each pixel comes from the source. points: float32 (468, 2) in pixels;
    parts: how often only a part of the face is exchanged."""
    import cv2

    group = PARTS[rng.integers(len(PARTS))] if rng.random() < parts else WHOLE[rng.integers(len(WHOLE))]
    around = points[list(group), :2].astype(np.float64)
    middle = around.mean(0)
    span = float(np.ptp(points[list(OVAL), :2], axis=0).max())
    stretch = rng.uniform(0.85, 1.15, 2)
    around = (
        middle + (around - middle) * stretch + rng.normal(0, 0.02 * span, 2) + rng.normal(0, 0.015 * span, around.shape)
    )
    found = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(found, cv2.convexHull(around.astype(np.float32)).round().astype(np.int32), 255)
    found = _elastic(rng, found, side, 0.04 * span)
    return _softened(rng, found, span) * np.float32(RATIOS[rng.integers(len(RATIOS))])


def _elastic(rng: np.random.Generator, found: np.ndarray, side: int, reach: float) -> np.ndarray:
    """Bent by a smooth random field of at most about `reach` pixels."""
    import cv2

    cells = int(rng.integers(4, 9))
    field = cv2.resize(
        rng.uniform(-reach, reach, (cells, cells, 2)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    return np.asarray(cv2.remap(found, x + field[:, :, 0], y + field[:, :, 1], cv2.INTER_LINEAR))


def _softened(rng: np.random.Generator, found: np.ndarray, span: float) -> np.ndarray:
    """Two blurs with a cut between them: what is below one after the first goes, so that a first kernel larger than the
    second erodes and a smaller one lets the edge run out softly."""
    import cv2

    first, second = (max(3, 2 * int(rng.uniform(0.01, 0.09) * span) + 1) for _ in range(2))
    core = (cv2.blur(found, (first, first)) >= 254).astype(np.float32)
    if core.sum() < 25:
        core = (found >= 128).astype(np.float32)
    soft = cv2.GaussianBlur(core, (second, second), 0)
    peak = float(soft.max())
    return np.asarray(soft / peak if peak > 0 else soft, np.float32)
