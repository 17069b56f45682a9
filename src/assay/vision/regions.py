"""Statistics of a face's parts, each against the parts beside it: colour, spread, and how much detail every band holds.

A part put in from elsewhere has another sharpness, another grain or another tint than what lies about it; within one
photograph these change together. Everything is measured on the face cut out upright at `SIDE` pixels.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from assay.vision.align import aligned, moved
from assay.vision.mesh import OVAL, Mesh

SIDE, MARGIN = 224, 0.125
# Points of the mesh about a part, whose hull is the part; the person's right is left in the picture.
RIGHT_EYE = (70, 63, 105, 66, 107, 55, 193, 245, 128, 121, 120, 119, 118, 117, 111, 35, 124, 46)
LEFT_EYE = (300, 293, 334, 296, 336, 285, 417, 465, 357, 350, 349, 348, 347, 346, 340, 265, 353, 276)
NOSE = (8, 193, 122, 114, 142, 203, 98, 97, 2, 326, 327, 423, 371, 343, 351, 417)
MOUTH = (164, 165, 92, 186, 57, 43, 106, 182, 83, 18, 313, 406, 335, 273, 287, 410, 322, 391)
RIGHT_CHEEK = (116, 117, 118, 119, 100, 142, 203, 206, 216, 192, 213, 147, 123)
LEFT_CHEEK = (345, 346, 347, 348, 329, 371, 423, 426, 436, 416, 433, 376, 352)
FOREHEAD = (54, 103, 67, 109, 10, 338, 297, 332, 284, 333, 299, 337, 151, 108, 69, 104)
CHIN = (18, 200, 199, 175, 152, 148, 176, 377, 400, 83, 313, 201, 421, 194, 418)
PARTS = {
    "right eye": RIGHT_EYE, "left eye": LEFT_EYE, "nose": NOSE, "mouth": MOUTH, "right cheek": RIGHT_CHEEK,
    "left cheek": LEFT_CHEEK, "forehead": FOREHEAD, "chin": CHIN,
}  # fmt: skip
_BESIDE = ((4, 6, 2), (5, 6, 2), (4, 5, 0, 1), (4, 5, 7), (5, 0, 3), (4, 1, 3), (4, 5, 7), (4, 5, 3))
_AROUND = ("rim", "outside near", "outside")
_CHANNELS = ("y", "cr", "cb")
_SCALES = (1, 2, 4)  # deviations in pixels of the blurs between which the bands lie
_LEAST = 0.05  # grey levels of detail below which nothing is told apart
_FEW = 20  # pixels of a part that tell too little


def statistics(pixels: np.ndarray, shape: Mesh) -> np.ndarray:
    """float32[len(names())] of one face in uint8 (height, width, 3) RGB pixels; NaN for a part that cannot be seen.

    Raises `ValueError` for a mesh that spans nothing."""
    crop = aligned(pixels, shape.points, SIDE, MARGIN)
    return of_crop(crop.pixels, moved(shape.points, crop.affine))


def of_crop(crop: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The same of a crop that is cut out already: uint8 (SIDE, SIDE, 3), points (468, 2) in it."""
    bands = _bands(crop)
    rows = np.array([_row(bands[:, part]) for part in _parts(points)])
    inner = rows[: len(PARTS)]
    mean = _mean(inner)
    rim, near, beyond = rows[len(PARTS) :]
    found = [rim, near, beyond, mean]
    found += [row - _mean(inner[list(beside)]) for row, beside in zip(inner, _BESIDE, strict=True)]
    found += [rows[0] - rows[1], rows[4] - rows[5], rim - near, rim - mean, near - mean, beyond - mean]
    return np.concatenate(found).astype(np.float32)


@cache
def names() -> tuple[str, ...]:
    """What each number is, in their order."""
    each = [f"{c} {what}" for c in _CHANNELS for what in ("mean", "spread", *(f"band {s}" for s in _SCALES), "grain")]
    groups = [*_AROUND, "inside", *(f"{part} against beside" for part in PARTS), "eyes", "cheeks"]
    groups += ["rim against near", "rim against inside", "near against inside", "outside against inside"]
    return tuple(f"{group}: {what}" for group in groups for what in each)


def _bands(crop: np.ndarray) -> np.ndarray:
    """float32 (12, SIDE, SIDE): for each channel its value and its detail in three bands."""
    import cv2

    ycc = cv2.cvtColor(crop, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    found = []
    for channel in range(3):
        finer: np.ndarray = np.ascontiguousarray(ycc[:, :, channel])
        found.append(finer)
        for scale in _SCALES:
            coarser = np.asarray(cv2.GaussianBlur(finer, (0, 0), scale))
            found.append(np.abs(finer - coarser))
            finer = coarser
    return np.stack(found)


def _row(values: np.ndarray) -> np.ndarray:
    """18 numbers of a part from its pixels' bands (12, n)."""
    if values.shape[1] < _FEW:
        return np.full(18, np.nan)
    means = values.mean(1)
    found = []
    for at in range(0, 12, 4):
        found += [means[at], values[at].std()]
        found += [np.log(mean + _LEAST) for mean in means[at + 1 : at + 4]]
        found.append(np.log(np.median(values[at + 1]) + _LEAST))
    return np.array(found)


def _parts(points: np.ndarray) -> list[np.ndarray]:
    """bool (SIDE, SIDE) of each part, of the rim of the face, of what lies just outside it, and of all outside."""
    import cv2

    def hull(group: tuple[int, ...]) -> np.ndarray:
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        around = np.clip(points[list(group), :2], -SIDE, 2 * SIDE).astype(np.float32)
        cv2.fillConvexPoly(drawn, cv2.convexHull(around).round().astype(np.int32), 1)
        return drawn

    face = hull(OVAL)
    core = cv2.erode(face, np.ones((13, 13), np.uint8))
    wide = cv2.dilate(face, np.ones((15, 15), np.uint8))
    rest = [(face > 0) & (core == 0), (face == 0) & (wide > 0), face == 0]
    return [*(hull(group) > 0 for group in PARTS.values()), *rest]


def _mean(rows: np.ndarray) -> np.ndarray:
    """Of those that can be seen; NaN where none can."""
    seen = ~np.isnan(rows[:, 0])
    return np.asarray(rows[seen].mean(0)) if seen.any() else np.full(rows.shape[1], np.nan)
