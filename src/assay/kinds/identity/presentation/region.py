"""What of a picture is looked at: the face at the picture's own scale, never enlarged, since what a second capture leaves
(pixel grids, ink dots, blur) lies in the finest detail; and the ring around it, where an edge of paper or a bezel may show.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.vision.mesh import OVAL

FINEST = 192  # pixels of the face's longer side above which it is averaged down
LEAST = 56  # below which nothing can be said
_RING = 1.9  # side of the ring's outer square, in sides of the face


class Region(NamedTuple):
    """`face` uint8 (h, w, 3) RGB, the bounding box of the outline; `skin` bool (h, w), inside the outline; `ring` uint8
    (h', w', 3) with the face in it, at the same scale; `inside` (x0, y0, x1, y1), where in the ring the face lies; `size`
    pixels of the face in the picture, longer side."""

    face: np.ndarray
    skin: np.ndarray
    ring: np.ndarray
    inside: tuple[int, int, int, int]
    size: float


def region(pixels: np.ndarray, points: np.ndarray) -> Region | None:
    """Of uint8 (height, width, 3) RGB pixels and a mesh's points (468, 2 or 3); None where the face is too small, or hardly
    in the picture."""
    import cv2

    outline = np.asarray(points, np.float64)[list(OVAL), :2]
    low, high = outline.min(0), outline.max(0)
    size = float((high - low).max())
    height, width = pixels.shape[:2]
    if not np.isfinite(size) or size < LEAST:
        return None
    scale = min(1.0, FINEST / size)
    middle = (low + high) / 2
    x0, y0 = (int(v) for v in np.floor(np.maximum(middle - size * _RING / 2, 0)))
    x1, y1 = (int(v) for v in np.ceil(np.minimum(middle + size * _RING / 2, (width, height))))
    if min(x1 - x0, y1 - y0) < LEAST:
        return None
    ring = pixels[y0:y1, x0:x1]
    if scale < 1:
        ring = cv2.resize(ring, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    around = (outline - (x0, y0)) * scale
    low, high = np.maximum(around.min(0), 0), np.minimum(around.max(0), ring.shape[1::-1])
    left, top, right, bottom = int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1]))
    if right - left < LEAST // 2 or bottom - top < LEAST // 2:
        return None
    mask = np.zeros(ring.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(around).astype(np.int32)], 1)
    face, skin = ring[top:bottom, left:right], mask[top:bottom, left:right] > 0
    if skin.mean() < 0.4:
        return None
    return Region(np.ascontiguousarray(face), skin, np.ascontiguousarray(ring), (left, top, right, bottom), size)
