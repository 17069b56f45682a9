"""Eyes as pixels: cut out level and at one size, and how much they look as the same person's eyes mostly do. The mesh's own
lids hardly follow a blink (at seven closed pairs of eyes of seven people the aspect ratio fell by at most a twelfth); the
pixels show it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SHAPE = (24, 80)  # pixels: the right eye beside the left
_CORNERS = ((33, 133), (362, 263))  # points of the mesh: outer and inner, as the picture goes from left to right
_WIDE = 28.0  # pixels from corner to corner


def eyes(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """uint8 `SHAPE`, grey: both eyes of a mesh float (468, 3) in pixels of `rgb`, each turned level."""
    import cv2

    cut = []
    height, width = SHAPE[0], SHAPE[1] // 2
    for outer, inner in _CORNERS:
        a, b = points[outer, :2].astype(np.float64), points[inner, :2].astype(np.float64)
        length = max(float(np.hypot(*(b - a))), 1e-3)
        along = (b - a) / length * (_WIDE / length)
        turn = np.array([[along[0], along[1]], [-along[1], along[0]]])
        middle = np.array([width / 2, height / 2])
        affine = np.column_stack([turn, middle - turn @ ((a + b) / 2)])
        cut.append(
            cv2.warpAffine(rgb, affine, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        )
    return np.asarray(cv2.cvtColor(np.hstack(cut), cv2.COLOR_RGB2GRAY))


def likeness(cuts: Sequence[np.ndarray]) -> np.ndarray:
    """float32[n], -1..1: the correlation of each pair of eyes (`SHAPE` each) with the middle of them all. Open eyes stay above
    .9, closed ones fall to .4 to .7, eyes turned aside to .6 to .76."""
    flat = np.stack(list(cuts)).reshape(len(cuts), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6
    usual = np.median(flat, axis=0)
    return np.asarray(flat @ (usual / (np.linalg.norm(usual) + 1e-6)))
