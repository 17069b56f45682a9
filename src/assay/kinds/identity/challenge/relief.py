"""Is it a head or a flat picture that turns? Spots of the face are followed from frame to frame (Lucas and Kanade 1981, with
a check back); between the face at rest and the face turned, those of a plane move by one homography exactly, those of a head
do not, since nose, cheeks and temples lie at different depths.

The mesh itself cannot tell: it draws a head round whatever it sees, on paper as in life. Only the picture's own spots can.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from assay.kinds.identity.challenge.watched import Watched

LEAST_TURN = 10.0  # degrees of the mesh's yaw between the two views
LEAST_SPOTS = 40
_SPOTS = 300
_BACK = 1.0  # pixels by which a spot followed there and back may miss itself
# A head turned by a degree leaves this much of its outer eye distance beyond the best homography (from the meshes of faces
# at hand, turned in space). A plane leaves what following costs.
PER_DEGREE = 0.0027
# Shares of that below which it is flat, and above which it is a head. Photographs tilted by 48 degrees gave .06 to .18, heads
# written by formula .44 to .87.
FLAT, DEEP = 0.25, 0.35
_MOVING = (61, 291, 0, 17, 159, 145, 386, 374)  # mouth and lids: what moves by itself
_OUTER = (33, 263)


class Relief(NamedTuple):
    """`turn`: degrees between the views; `left`: what one homography leaves, in outer eye distances; `share`: of what a
    head would leave; `spots` followed; `frames`: which two."""

    turn: float
    left: float
    share: float
    spots: int
    frames: tuple[int, int]


def relief(watched: Watched, yaw: np.ndarray, rest: int, turned: int) -> Relief | None:
    """Between the watched frames `rest` and `turned`; None where they differ too little, or too few spots could be followed."""
    turn = abs(float(yaw[turned] - yaw[rest]))
    step = 1 if turned > rest else -1
    between = [i for i in range(rest, turned + step, step) if watched.pictures[i].size > 3]
    if not turn >= LEAST_TURN or len(between) < 2 or rest not in between or turned not in between:
        return None
    import cv2

    greys = [np.asarray(cv2.cvtColor(watched.pictures[i], cv2.COLOR_RGB2GRAY)) for i in between]
    if len({grey.shape for grey in greys}) > 1:
        return None
    found = _followed(greys, watched.points[rest])
    if found is None:
        return None
    before, after = found
    eyes = max(float(np.linalg.norm(np.diff(watched.points[i][list(_OUTER), :2], axis=0))) for i in (rest, turned))
    left = beyond_homography(before, after) / max(eyes, 1.0)
    return Relief(turn, left, left / (PER_DEGREE * turn), len(before), (rest, turned))


def beyond_homography(before: np.ndarray, after: np.ndarray) -> float:
    """Root mean square of what the best homography leaves of float64[m, 2] points, in their units; the worst tenth, which
    were followed wrongly more often than not, is left out."""
    import cv2

    kept = np.ones(len(before), bool)
    left = float("nan")
    for _ in range(3):
        matrix: np.ndarray | None = cv2.findHomography(before[kept], after[kept], 0)[0]
        if matrix is None:
            break
        off = np.linalg.norm(cv2.perspectiveTransform(before[None], matrix)[0] - after, axis=1)
        kept = off <= np.quantile(off, 0.9)
        left = float(np.sqrt(np.mean(off[kept] ** 2)))
    return left


def _followed(greys: Sequence[np.ndarray], points: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Where spots of the face lie in the first picture and in the last; None where too few arrive."""
    import cv2

    mask = _face_mask(greys[0].shape, points)
    first = cv2.goodFeaturesToTrack(greys[0], _SPOTS, 0.003, 3, mask=mask, blockSize=5)
    if first is None or len(first) < LEAST_SPOTS:
        return None
    spots, kept = first, np.ones(len(first), bool)
    for before, after in pairwise(greys):
        there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, spots, spots.copy(), winSize=(15, 15), maxLevel=3)
        back, again, _ = cv2.calcOpticalFlowPyrLK(after, before, there, there.copy(), winSize=(15, 15), maxLevel=3)
        missed = np.abs(back - spots).reshape(-1, 2).max(1)
        kept &= (found.ravel() == 1) & (again.ravel() == 1) & (missed < _BACK)
        spots = there
    if kept.sum() < LEAST_SPOTS:
        return None
    return first.reshape(-1, 2)[kept].astype(np.float64), spots.reshape(-1, 2)[kept].astype(np.float64)


def _face_mask(shape: tuple[int, ...], points: np.ndarray) -> np.ndarray:
    """The face, drawn in a little from its outline, without mouth and lids."""
    import cv2

    from assay.vision.mesh import OVAL

    mask = np.zeros(shape[:2], np.uint8)
    outline = points[list(OVAL), :2]
    inner = outline.mean(0) + 0.92 * (outline - outline.mean(0))
    cv2.fillPoly(mask, [inner.round().astype(np.int32)], 255)
    reach = int(0.09 * np.linalg.norm(points[_OUTER[0], :2] - points[_OUTER[1], :2]))
    for index in _MOVING:
        x, y = (int(v) for v in points[index, :2])
        cv2.circle(mask, (x, y), max(2, reach), 0, -1)
    return mask
