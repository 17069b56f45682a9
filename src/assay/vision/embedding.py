"""A face as 128 numbers, such that two pictures of one person lie close together and two people's far apart: dlib's
recognition network (Davis King, CC0; residual after He et al. 2016, metric loss) under our own points and our own runtime.

It compares faces that were handed in; nothing here keeps one or knows whose it is. The distances are Euclidean. dlib names
0.6 as the boundary, with 99.1 to 99.4 % of the pairs of Labeled Faces in the Wild told right; what we measured of it stands
in the card of the room of identity.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np

from assay.core.errors import ModelError
from assay.vision.assets import HINT, asset
from assay.vision.mesh import POINTS

ASSET = "recognition.onnx"
SIDE = 150  # pixels of the network's view
COMPONENTS = 128
_PADDING = 0.25  # of the frame in which the five points below stand, on every side
_MOST_ENLARGED = 8  # times the view at which a large face is cut before it is averaged down

# Points of the mesh, and where dlib's alignment puts them in its unit frame (get_face_chip_details, 5 points): outer and inner
# corner of the eye on the right of the picture, the same on its left, and the base of the nose.
_CORNERS = (263, 362, 33, 133, 2)
_FRAME = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)


def embedding(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """float32[128] of the face in uint8 (height, width, 3) RGB pixels whose mesh has these points (468, 2 or 3): the mean
    of the face's and of its mirror image's.

    Raises `ModelError` where the network is not installed, `ValueError` for points that span nothing.
    """
    cut = chip(pixels, points)
    both = np.stack([cut, cut[:, ::-1]]).transpose(0, 3, 1, 2).astype(np.float32)
    found = _network().run(None, {"face": both})[0]
    return np.asarray(found.mean(axis=0), np.float32)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Euclidean; 0 for the same picture, about 0.3 to 0.5 for one person, 0.7 and more for two."""
    return float(np.linalg.norm(one.astype(np.float64) - other.astype(np.float64)))


def chip(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """uint8 (150, 150, 3): the face as the network saw faces when it learned. Beyond the picture all is black, as it was there."""
    import cv2

    affine = similarity(five(points), (_FRAME + _PADDING) / (1 + 2 * _PADDING) * SIDE)
    scale = float(np.hypot(affine[0, 0], affine[0, 1]))
    finer = min(_MOST_ENLARGED, max(1, round(1 / scale)))  # cut at about the picture's own scale, then average down
    centred = affine * finer
    centred[:, 2] += (finer - 1) / 2
    wide = cv2.warpAffine(
        pixels, centred, (SIDE * finer, SIDE * finer), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    return np.asarray(wide if finer == 1 else cv2.resize(wide, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def five(points: np.ndarray) -> np.ndarray:
    """float64 (5, 2): the corners of the eyes and the base of the nose. Raises `ValueError` for no mesh."""
    if len(points) != POINTS:
        raise ValueError(f"points must be the {POINTS} of a mesh, not {len(points)}")
    return np.asarray(points, np.float64)[list(_CORNERS), :2]


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """float64 (2, 3): the turn, size and shift that take source (n, 2) nearest to target (n, 2) in the sense of least
    squares (Umeyama 1991). Raises `ValueError` where the source is one point or not finite."""
    middle, goal = source.mean(0), target.mean(0)
    around, towards = source - middle, target - goal
    spread = float((around**2).sum())
    if not np.isfinite(spread) or spread < 1e-6:
        raise ValueError("the points of a face must be finite and apart")
    along = float((around * towards).sum()) / spread
    across = float((around[:, 0] * towards[:, 1] - around[:, 1] * towards[:, 0]).sum()) / spread
    turn = np.array([[along, -across], [across, along]])
    if not np.hypot(along, across) > 1e-6:
        raise ValueError("the points of a face must not fall together")
    return np.column_stack([turn, goal - turn @ middle])


def _network() -> Any:
    return _loaded(os.getpid())


@cache
def _loaded(_process: int) -> Any:
    """One session a process, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(asset(ASSET)), options, providers=["CPUExecutionProvider"])
    except ModelError:
        raise
    except Exception as error:  # the runtime has a class of its own for every failure
        raise ModelError(f"the network cannot be loaded: {error}", where=ASSET, hint=HINT) from None
