"""How good a view of a face is: its size, sharpness, pose and light; and how far eyes and mouth are open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.vision.align import affine_of, moved
from assay.vision.mesh import (
    CHIN,
    FOREHEAD,
    INNER_LIPS,
    LEFT_CHEEK,
    LEFT_EYE_RING,
    OVAL,
    RIGHT_CHEEK,
    RIGHT_EYE_RING,
    Mesh,
)

_LEVEL = 6.0  # degrees by which the mesh leans chin back in faces that look straight ahead (median at hand)
_SIDE = 160  # pixels at most at which sharpness is measured


class Quality(NamedTuple):
    """`size`: the longer side of the face's outline in pixels. `blur` 0 (sharp) to 1 (none of the finest detail left; Crété
    et al. 2007). `yaw`, `pitch`, `roll` in degrees: towards the picture's right, upwards and clockwise are positive.
    `exposure` 0..1: middle brightness of the skin; `contrast` 0..1: its spread between the 5th and 95th percentile."""

    size: float
    blur: float
    yaw: float
    pitch: float
    roll: float
    exposure: float
    contrast: float


def quality(pixels: np.ndarray, shape: Mesh) -> Quality:
    """Of one face in uint8 (height, width, 3) RGB pixels."""
    import cv2

    outline = shape.points[list(OVAL), :2]
    size = float(np.ptp(outline, axis=0).max())
    side = int(np.clip(round(size), 16, _SIDE))
    affine = affine_of(shape.points, side, 0.0)
    crop = cv2.warpAffine(pixels, affine, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    skin = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(skin, cv2.convexHull(moved(outline, affine)).round().astype(np.int32), 1)
    lit = grey[skin > 0] if skin.any() else grey.ravel()
    low, middle, high = np.percentile(lit, [5, 50, 95]) / 255.0
    yaw, pitch, roll = pose(shape)
    return Quality(size, blurred(grey), yaw, pitch, roll, float(middle), float(high - low))


def pose(shape: Mesh) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, from the directions between the cheeks and from forehead to chin."""
    points = shape.points.astype(np.float64)
    across = points[LEFT_CHEEK] - points[RIGHT_CHEEK]
    down = points[CHIN] - points[FOREHEAD]
    roll = np.arctan2(across[1], across[0])
    cos, sin = np.cos(roll), np.sin(roll)
    level = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    across, down = level @ across, level @ down
    yaw = np.arctan2(across[2], across[0])
    pitch = np.arctan2(down[2], down[1])
    return float(np.degrees(yaw)), _LEVEL - float(np.degrees(pitch)), float(np.degrees(roll))


def eyes_open(shape: Mesh) -> tuple[float, float]:
    """Eye aspect ratios (Soukupová and Čech 2016) of the person's right and left eye: about 0.3 open, below 0.15 shut."""
    return _aspect(shape, RIGHT_EYE_RING), _aspect(shape, LEFT_EYE_RING)


def mouth_open(shape: Mesh) -> float:
    """Mouth aspect ratio: how far the lips are apart, in widths of the mouth."""
    upper, lower, right, left = (shape.points[i, :3].astype(np.float64) for i in INNER_LIPS)
    return float(np.linalg.norm(upper - lower)) / max(float(np.linalg.norm(right - left)), 1e-6)


def _aspect(shape: Mesh, ring: tuple[int, ...]) -> float:
    p = shape.points[list(ring), :3].astype(np.float64)
    tall = np.linalg.norm(p[1] - p[5]) + np.linalg.norm(p[2] - p[4])
    return float(tall) / max(2 * float(np.linalg.norm(p[0] - p[3])), 1e-6)


def blurred(grey: np.ndarray, reach: int = 9) -> float:
    """Share of the differences between neighbours that survives another blur: a blurred picture has nothing left to lose
    (Crété et al. 2007). grey: uint8 or float (height, width)."""
    import cv2

    picture = grey.astype(np.float32)
    lost = []
    for axis in (0, 1):
        size = (1, reach) if axis == 0 else (reach, 1)
        again = cv2.blur(picture, size)
        before, after = np.abs(np.diff(picture, axis=axis)), np.abs(np.diff(again, axis=axis))
        total = float(before.sum())
        lost.append(float(np.maximum(before - after, 0).sum()) / total if total > 0 else 0.0)
    return 1.0 - min(lost) if lost else 1.0
