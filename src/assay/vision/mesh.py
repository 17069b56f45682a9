"""The shape of a face: 468 points in three dimensions by MediaPipe's face mesh (Kartynnik et al. 2019).

The network sees a square of one and a half times the face, turned so that the eyes are level; a second look, cut by the
first look's points, settles them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.vision.face import LEFT_EYE, RIGHT_EYE, Face
from assay.vision.lite import lite

# Indices of points, the person's right being left in the picture.
RIGHT_EYE_RING = (33, 160, 158, 133, 153, 144)  # outer corner, upper lid twice, inner corner, lower lid twice
LEFT_EYE_RING = (362, 385, 387, 263, 373, 380)  # inner corner first
INNER_LIPS = (13, 14, 78, 308)  # upper, lower, right corner, left corner
NOSE_TIP, CHIN, FOREHEAD, RIGHT_CHEEK, LEFT_CHEEK = 1, 152, 10, 234, 454
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

POINTS = 468
_AIR = 1.5  # side of the network's view, in sides of the face


class Mesh(NamedTuple):
    """`points` float32 (468, 3): x and y in pixels of the picture, z in pixels towards the camera negative, about the
    head's middle; `presence` 0..1: is there a face at all."""

    points: np.ndarray
    presence: float


def mesh(pixels: np.ndarray, face: Face, least: float = 0.5) -> Mesh | None:
    """The mesh of a face that `faces` found in these uint8 (height, width, 3) RGB pixels; None where the network does not
    see one there. Raises `ModelError` where the network is not installed."""
    x, y, w, h = face.box
    eyes = face.points[[RIGHT_EYE, LEFT_EYE]].astype(np.float64)
    first = _looked(pixels, (x + w / 2, y + h / 2), max(w, h), eyes[1] - eyes[0])
    if first is None or first.presence < least:
        return None
    outline = first.points[:, :2].astype(np.float64)
    middle = (outline.min(0) + outline.max(0)) / 2
    level = outline[LEFT_EYE_RING[3]] - outline[RIGHT_EYE_RING[0]]
    second = _looked(pixels, (float(middle[0]), float(middle[1])), _extent(outline, level), level)
    return second if second is not None and second.presence >= least else first


def _extent(outline: np.ndarray, level: np.ndarray) -> float:
    """The longer side of the points' bounding box, upright along the eyes."""
    across = level / max(float(np.hypot(*level)), 1e-6)
    turned = outline @ np.array([[across[0], -across[1]], [across[1], across[0]]])
    return float(np.ptp(turned, axis=0).max())


def _looked(pixels: np.ndarray, middle: tuple[float, float], size: float, level: np.ndarray) -> Mesh | None:
    import cv2

    length = float(np.hypot(*level))
    if not (np.isfinite(length) and np.isfinite(size)) or size < 4:
        return None
    network = lite("face_mesh.tflite")
    side = network.shape[1]
    across = level / length if length > 1e-6 else np.array([1.0, 0.0])
    scale = side / (size * _AIR)
    turn = scale * np.array([[across[0], across[1]], [-across[1], across[0]]])
    shift = side / 2 - turn @ np.array(middle)
    affine = np.column_stack([turn, shift])
    crop = cv2.warpAffine(pixels, affine, (side, side), flags=cv2.INTER_LINEAR)
    flat, logit = network(crop.astype(np.float32) / 255.0)
    seen = flat.reshape(-1)[: POINTS * 3].reshape(POINTS, 3).astype(np.float64)
    if not np.isfinite(seen).all():
        return None
    points = np.empty((POINTS, 3), np.float32)
    points[:, :2] = (seen[:, :2] - shift) @ np.linalg.inv(turn).T
    points[:, 2] = seen[:, 2] / scale
    presence = 1 / (1 + np.exp(-np.clip(float(logit.reshape(-1)[0]), -60, 60)))
    return Mesh(points, float(presence))
