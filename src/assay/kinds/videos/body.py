"""Does the body keep still while the mouth moves? Whoever speaks breathes, and shoulders and collar move with it by half a
per cent of the face's length and more; in a photograph that was made to speak, the head moves and nothing else.

Below the face, in a place of the picture that stays, edges are watched: how much the grey at an edge swings, over how steep it
is, is how far the edge moves. Noise and coding make edges swing too: they hide a still body and make none up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from assay.kinds.videos.looks import Followed

LEAST_FACE = 96.0  # pixels of the outline's longer side
LEAST_SECONDS = 5.0  # a breath and a pause
LEAST_VIEWS = 12
LEAST_EDGE = 300  # pixels of edges, at `_UNIT`
_UNIT = 100  # pixels to the length of the face
_STEEP = 4.0  # levels a pixel: what is flatter swings with noise alone
_ABOVE, _BELOW, _BESIDE = 0.2, 0.8, 0.4  # faces that are cut out above and below the chin, and beside the face
_CLEAR = 0.1  # faces between the lowest chin and what is looked at


class Place(NamedTuple):
    """`left`, `top`, `right`, `bottom` pixels of the frame, `size` of the face's longer side when it was first seen."""

    left: int
    top: int
    right: int
    bottom: int
    size: float


class Body(NamedTuple):
    """`sways` per cent of the face's length, by the middle edge; `speaks` the range of the mouth's aspect ratio."""

    sways: float
    speaks: float
    seconds: float


def place_of(outline: np.ndarray, width: int, height: int) -> Place | None:
    """Where the body of a face (float (n, 2) of its outline, pixels) is watched in frames of that size; None for a small one."""
    (x0, y0), (x1, y1) = outline.min(0).tolist(), outline.max(0).tolist()
    size = max(x1 - x0, y1 - y0)
    if not np.isfinite(size) or size < LEAST_FACE:
        return None
    left, right = max(0, int(x0 - _BESIDE * size)), min(width, int(x1 + _BESIDE * size))
    top, bottom = max(0, int(y1 - _ABOVE * size)), min(height, int(y1 + _BELOW * size))
    return Place(left, top, right, bottom, size) if right - left > size / 2 and bottom - top > size / 4 else None


def cut(rgb: np.ndarray, place: Place) -> np.ndarray | None:
    """uint8 (h, w) grey: the place, `_UNIT` pixels to the length of the face; None where the frame does not reach that far (a
    film may change its size)."""
    import cv2

    part = rgb[place.top : place.bottom, place.left : place.right]
    if part.shape[:2] != (place.bottom - place.top, place.right - place.left):
        return None
    scale = _UNIT / place.size
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def body(run: Sequence[Followed]) -> Body | None:
    """Of a face followed without a gap; None where it is too short, or too little of a body is seen."""
    from assay.vision.mesh import CHIN, Mesh
    from assay.vision.quality import mouth_open

    seen = [(one.at, one.points, one.body) for one in run if one.points is not None and one.body is not None]
    place = next((one.place for one in run if one.place is not None), None)
    if place is None or len(seen) < LEAST_VIEWS or seen[-1][0] - seen[0][0] < LEAST_SECONDS:
        return None
    chin = max(float(points[CHIN, 1]) for _, points, _ in seen)
    first = max(0, round((chin - place.top) / place.size * _UNIT + _CLEAR * _UNIT))
    sways = _sways(np.stack([picture[first:] for _, _, picture in seen]).astype(np.float32))
    if sways is None:
        return None
    low, high = np.percentile([mouth_open(Mesh(points, 1.0)) for _, points, _ in seen], [5, 95])
    return Body(sways, float(high - low), seen[-1][0] - seen[0][0])


def _sways(pictures: np.ndarray) -> float | None:
    """float32 (n, h, w) grey -> how far the middle edge moves, per cent of the face's length; None where edges are few."""
    import cv2

    if min(pictures.shape[1:]) < 8:
        return None
    smooth = np.stack([cv2.GaussianBlur(one, (0, 0), 1.0) for one in pictures])
    usual = np.median(smooth, axis=0)
    steep = np.hypot(cv2.Sobel(usual, cv2.CV_32F, 1, 0), cv2.Sobel(usual, cv2.CV_32F, 0, 1)) / 8
    edges = steep > _STEEP
    if edges.sum() < LEAST_EDGE:
        return None
    return float(np.median(smooth.std(0)[edges] / steep[edges])) * 100 / _UNIT


__all__ = ["Body", "Place", "body", "cut", "place_of"]
