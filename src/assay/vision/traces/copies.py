"""A part of the picture that stands in it twice: a stamp, a signature, a photograph copied and moved.

Text repeats its letters and forms repeat their boxes, so likeness alone means nothing on a page. What no printer and no camera
makes is the same *noise* twice: matched regions count only where what is left after smoothing agrees as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_KEYPOINTS = 6000
LEAST_SHIFT = 25.0  # pixels
LEAST_INLIERS = 25  # repeated words and logos reach twenty
LEAST_NOISE = 0.6
LEAST_GRAIN = 1.0  # standard deviation of the paper: with less, what is left is the compression's own pattern
REPEATS = 0.5  # share of the agreement that is left far outside, from which on it is print that repeats
ROUNDS = 3
SIDE = 1800  # the longer side at which key points are looked for


@dataclass(frozen=True)
class Copy:
    """`source` and `target` boxes in pixels of the picture (which is the original cannot be told); `noise` the correlation
    of what is left of both after smoothing, 0..1; `inliers` matched key points."""

    source: tuple[float, float, float, float]
    target: tuple[float, float, float, float]
    noise: float
    inliers: int


def copies(luma: np.ndarray, *, least_noise: float = LEAST_NOISE, side: int = SIDE) -> tuple[Copy, ...]:
    """Copied parts of a uint8[height, width] picture, at most `ROUNDS`, by key points looked for at a longer side of `side`. One that was drawn, not photographed or scanned,
    has no noise to go by: none are told of it."""
    import cv2

    scale = min(1.0, side / max(luma.shape))
    small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else luma
    if min(small.shape) < 64:
        return ()
    points, features = cv2.SIFT.create(nfeatures=MOST_KEYPOINTS).detectAndCompute(small, None)
    if features is None or len(points) < 2 * LEAST_INLIERS:
        return ()
    place = np.array([p.pt for p in points], np.float32) / scale
    first, second = _pairs(features, place)
    residual = luma.astype(np.float32) - cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.2)
    found: list[Copy] = []
    for _ in range(ROUNDS):
        if len(first) < LEAST_INLIERS:
            break
        move, inside = cv2.estimateAffinePartial2D(
            place[first], place[second], method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=2000
        )
        kept = inside.ravel().astype(bool) if inside is not None else np.zeros(len(first), bool)
        if move is None or kept.sum() < LEAST_INLIERS:
            break
        copy = _compare(luma, residual, place[first[kept]], place[second[kept]], move)
        if copy is not None and copy.noise >= least_noise:
            found.append(copy)
        first, second = first[~kept], second[~kept]
    return tuple(found)


def _pairs(features: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of key points that are each other's like at some distance; by the ratio test on the nearest that is not
    itself. Compared in slices, so that memory stays bounded."""
    unit = features / (np.linalg.norm(features, axis=1, keepdims=True) + 1e-6)
    first, second = [], []
    for start in range(0, len(unit), 1000):
        likeness = unit[start : start + 1000] @ unit.T
        near = np.linalg.norm(place[start : start + 1000, None] - place[None], axis=2) < LEAST_SHIFT
        likeness[near] = -1
        top = np.argpartition(-likeness, 2, axis=1)[:, :3]
        values = np.take_along_axis(likeness, top, axis=1)
        order = np.argsort(-values, axis=1)
        top, values = np.take_along_axis(top, order, axis=1), np.take_along_axis(values, order, axis=1)
        angles = np.arccos(np.clip(values, -1, 1))
        good = (values[:, 0] > 0.9) & (angles[:, 0] < 0.7 * angles[:, 1])
        for i in np.flatnonzero(good):
            a, b = start + int(i), int(top[i, 0])
            if a < b:
                first.append(a)
                second.append(b)
    return np.array(first, np.int64), np.array(second, np.int64)


def _compare(luma: np.ndarray, residual: np.ndarray, a: np.ndarray, b: np.ndarray, move: np.ndarray) -> Copy | None:
    x0, y0 = np.maximum(a.min(0) - 6, 0).astype(int)
    x1, y1 = (a.max(0) + 7).astype(int)
    w, h = min(x1, luma.shape[1]) - x0, min(y1, luma.shape[0]) - y0
    if w < 24 or h < 24:
        return None
    noise = _agreement(luma, residual, move, (x0, y0, x0 + w, y0 + h), None)
    if noise is None:
        return None
    # Print that repeats, a guilloche or a tint, agrees far beyond the matched part; a part that was put there does not.
    far = (x0 - w, y0 - h, x0 + 2 * w, y0 + 2 * h)
    beyond = _agreement(luma, residual, move, far, (x0 - w // 2, y0 - h // 2, x0 + w + w // 2, y0 + h + h // 2))
    if beyond is not None and beyond > REPEATS * noise:
        return None
    corners = np.array([[x0, y0], [x0 + w, y0], [x0, y0 + h], [x0 + w, y0 + h]]) @ move[:, :2].T + move[:, 2]
    low, high = corners.min(0), corners.max(0)
    return Copy(
        (float(x0), float(y0), float(x0 + w), float(y0 + h)),
        (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        noise, len(a),
    )  # fmt: skip


def _agreement(
    luma: np.ndarray,
    residual: np.ndarray,
    move: np.ndarray,
    box: tuple[int, int, int, int],
    hole: tuple[int, int, int, int] | None,
) -> float | None:
    """Correlation of what is left of the paper in a box (without the hole) and where `move` puts it; None where there is too
    little paper in both, or no noise on it."""
    import cv2

    h, w = luma.shape
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], w), min(box[3], h)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    # Where (x, y) of the patch is found in the picture.
    back = move.copy()
    back[:, 2] += move[:, :2] @ np.array([x0, y0])
    size = (int(x1 - x0), int(y1 - y0))
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    target = cv2.warpAffine(residual, back, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=float("nan"))
    source = residual[y0:y1, x0:x1]
    paper = _paper(luma[y0:y1, x0:x1]) & np.isfinite(target)
    if hole is not None:
        paper[max(hole[1] - y0, 0) : max(hole[3] - y0, 0), max(hole[0] - x0, 0) : max(hole[2] - x0, 0)] = False
    if paper.sum() < 400 or source[paper].std() < LEAST_GRAIN or target[paper].std() < LEAST_GRAIN:
        return None
    return float(np.corrcoef(source[paper], target[paper])[0, 1])


def _paper(patch: np.ndarray) -> np.ndarray:
    """bool[h, w]: away from print, whose edges, and the JPEG's ringing about them, agree wherever the same word is printed
    twice."""
    import cv2

    rest = patch.astype(np.float32) - cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 2.0)
    level = 3.5 * (1.4826 * float(np.median(np.abs(rest))) + 0.3)
    ink = cv2.dilate((np.abs(rest) > level).astype(np.uint8), np.ones((17, 17), np.uint8))
    return np.asarray(ink == 0)


__all__ = ["Copy", "copies"]
