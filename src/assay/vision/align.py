"""A face cut out upright: eyes level, the same margin round the outline, the same number of pixels a side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.vision.face import LEFT_EYE, RIGHT_EYE
from assay.vision.mesh import LEFT_EYE_RING, OVAL, POINTS, RIGHT_EYE_RING

MARGIN = 0.125  # as Shiohara and Yamasaki (2022) test
_EAR_TO_OVAL = 1.25  # six points span less than the outline does


class Aligned(NamedTuple):
    """`pixels` uint8 (side, side, 3); `affine` float64 (2, 3) from the picture's pixels to the crop's; `scale` crop pixels
    for one of the picture's; `inside` 0..1, the share of the crop that the picture really shows."""

    pixels: np.ndarray
    affine: np.ndarray
    scale: float
    inside: float


def aligned(pixels: np.ndarray, points: np.ndarray, side: int, margin: float = MARGIN) -> Aligned:
    """The square round the face's outline, turned so that the eyes are level, with `margin` of it more on every side.

    points: (468, 2 or 3) of a mesh, or the (6, 2) of a `Face`. What lies beyond the picture is its mirror image. Shrinking
    averages, so that nothing aliases. Raises `ValueError` for points that span nothing.
    """
    import cv2

    affine = affine_of(points, side, margin)
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    crop = _warped(pixels, affine, scale, side)
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    shown = (corners @ affine[:, :2].T + affine[:, 2]).astype(np.float32)
    frame = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    area, _ = cv2.intersectConvexConvex(shown, frame)
    return Aligned(crop, affine, scale, float(min(1.0, area / side**2)))


def affine_of(points: np.ndarray, side: int, margin: float = MARGIN) -> np.ndarray:
    """float64 (2, 3): the similarity that `aligned` cuts by."""
    flat = np.asarray(points, np.float64)[:, :2]
    if len(flat) == POINTS:
        right, left = flat[list(RIGHT_EYE_RING)].mean(0), flat[list(LEFT_EYE_RING)].mean(0)
        outline, grow = flat[list(OVAL)], 1.0
    elif len(flat) == 6:
        right, left, outline, grow = flat[RIGHT_EYE], flat[LEFT_EYE], flat, _EAR_TO_OVAL
    else:
        raise ValueError(f"points must be 468 of a mesh or 6 of a face, not {len(flat)}")
    across = left - right
    length = float(np.hypot(*across))
    if not np.isfinite(flat).all() or length < 1e-3:
        raise ValueError("the points of a face must be finite and its eyes apart")
    across /= length
    turn = np.array([[across[0], across[1]], [-across[1], across[0]]])
    turned = outline @ turn.T
    low, high = turned.min(0), turned.max(0)
    size = float((high - low).max()) * grow * (1 + 2 * margin)
    scale = side / size
    return np.column_stack([scale * turn, side / 2 - scale * (low + high) / 2])


def moved(points: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Points (n, 2 or more) of the picture as float32 (n, 2) of the crop."""
    flat = np.asarray(points, np.float64)[:, :2]
    return np.asarray(flat @ affine[:, :2].T + affine[:, 2], np.float32)


def _warped(pixels: np.ndarray, affine: np.ndarray, scale: float, side: int) -> np.ndarray:
    """The crop; where it shrinks, the neighbourhood is cut out and averaged down first."""
    import cv2

    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
    if scale >= 0.75:
        return np.asarray(cv2.warpAffine(pixels, affine, (side, side), flags=flags, borderMode=border))
    back = np.linalg.inv(np.vstack([affine, [0, 0, 1]]))[:2]
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) @ back[:, :2].T + back[:, 2]
    height, width = pixels.shape[:2]
    x0, y0 = np.clip(np.floor(corners.min(0)) - 2, 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(np.ceil(corners.max(0)) + 3, [x0 + 1, y0 + 1], [width, height]).astype(int)
    cut = pixels[y0:y1, x0:x1]
    w, h = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    small = cv2.resize(cut, (w, h), interpolation=cv2.INTER_AREA)
    fx, fy = w / cut.shape[1], h / cut.shape[0]
    # pixel centres: place u of the small picture is (u + .5) / f - .5 of the cut
    lift = np.array([[1 / fx, 0, x0 + 0.5 / fx - 0.5], [0, 1 / fy, y0 + 0.5 / fy - 0.5], [0, 0, 1]])
    through = affine @ lift
    return np.asarray(cv2.warpAffine(small, through, (side, side), flags=flags, borderMode=border))
