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
ROUNDS = 3
_SIDE = 1800  # the longer side at which key points are looked for


@dataclass(frozen=True)
class Copy:
    """`source` and `target` boxes in pixels of the picture (which is the original cannot be told); `noise` the correlation
    of what is left of both after smoothing, 0..1; `inliers` matched key points."""

    source: tuple[float, float, float, float]
    target: tuple[float, float, float, float]
    noise: float
    inliers: int


def copies(luma: np.ndarray, *, least_noise: float = LEAST_NOISE) -> tuple[Copy, ...]:
    """Copied parts of a uint8[height, width] picture, at most `ROUNDS`. One that was drawn, not photographed or scanned,
    has no noise to go by: none are told of it."""
    import cv2

    scale = min(1.0, _SIDE / max(luma.shape))
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
    import cv2

    x0, y0 = np.maximum(a.min(0) - 6, 0).astype(int)
    x1, y1 = (a.max(0) + 7).astype(int)
    w, h = min(x1, luma.shape[1]) - x0, min(y1, luma.shape[0]) - y0
    if w < 24 or h < 24:
        return None
    # The target, laid over the source: where (x, y) of the patch is found in the picture.
    back = move.copy()
    back[:, 2] += move[:, :2] @ np.array([x0, y0])
    target = cv2.warpAffine(
        residual, back, (int(w), int(h)), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT
    )
    source = residual[y0 : y0 + h, x0 : x0 + w]
    paper = np.abs(source) < 2.5 * (1.4826 * np.median(np.abs(source)) + 0.2)  # print agrees anyway
    if source[paper].std() < 0.35 or target[paper].std() < 0.35 or paper.sum() < 400:
        return None
    noise = float(np.corrcoef(source[paper], target[paper])[0, 1])
    corners = np.array([[x0, y0], [x0 + w, y0], [x0, y0 + h], [x0 + w, y0 + h]]) @ move[:, :2].T + move[:, 2]
    low, high = corners.min(0), corners.max(0)
    return Copy(
        (float(x0), float(y0), float(x0 + w), float(y0 + h)),
        (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        noise, len(a),
    )  # fmt: skip


__all__ = ["Copy", "copies"]
