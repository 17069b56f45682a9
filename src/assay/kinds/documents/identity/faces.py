"""Faces on a page, found by a boosted cascade of multi-block local binary patterns (Zhang et al. 2007): light changes and pale
print leave the patterns alone, so a ghost portrait is found as well as the main one. It says where a face is, never whose.

The cascade is OpenCV's `lbpcascade_frontalface` (Apache-2.0), of which scikit-image carries a copy; OpenCV 5 no longer runs
it, so that it is run here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from assay.core.errors import ModelError
from assay.kinds.documents.identity.cascade import converted

_LONG_SIDE = 900  # pixels at which faces are looked for
_SCALE = 1.15
_SMALLEST = 34  # pixels of a face's side, at that size
_NEIGHBOURS = 3  # windows that must agree
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Face:
    """box: the square from brows to chin, in pixels; votes: windows that agreed."""

    box: Box
    votes: int


@dataclass(frozen=True)
class _Stage:
    """Weak classifiers: rectangle (index), subsets of the 256 patterns bool[n, 256], values below and above, threshold."""

    features: np.ndarray
    subsets: np.ndarray
    leaves: np.ndarray
    threshold: float


def _file() -> Path:
    """The cascade's file, found without importing the package it comes with."""
    found = find_spec("skimage")
    if found is None or found.origin is None:
        raise ModelError("scikit-image is not installed, which brings the cascade that finds faces")
    return Path(found.origin).parent / "data" / "lbpcascade_frontalface_opencv.xml"


@cache
def _cascade() -> tuple[tuple[_Stage, ...], np.ndarray, int]:
    """Stages, rectangles int[n, 4] (x, y, width, height of one of the nine blocks), and the window's side."""
    told = converted(_file().read_text("utf-8"))
    stages = []
    for stage in told["stages"]:
        words = np.array(stage["subsets"], np.int64).astype(np.uint32)
        bits = (words[:, :, None] >> np.arange(32, dtype=np.uint32)) & 1
        stages.append(
            _Stage(
                np.array(stage["features"]),
                bits.reshape(len(words), 256).astype(bool),
                np.array(stage["leaves"]),
                stage["threshold"],
            )
        )
    return tuple(stages), np.array(told["rectangles"]), int(told["window"])


def find_faces(pixels: np.ndarray) -> list[Face]:
    """Upright faces in uint8[h, w, 3] RGB or [h, w] grey pixels, those with most votes first."""
    import cv2

    if min(pixels.shape[:2]) < 40:
        return []
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    shrink = min(1.0, _LONG_SIDE / max(grey.shape))
    base = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else grey
    window = _cascade()[2]
    boxes: list[Box] = []
    scale = _SMALLEST / window
    while window * scale < 0.8 * min(base.shape):
        size = (round(base.shape[1] / scale), round(base.shape[0] / scale))
        small = cv2.resize(base, size, interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR)
        by = scale / shrink
        boxes += [(x * by, y * by, (x + window) * by, (y + window) * by) for x, y in _hits(small)]
        scale *= _SCALE
    return sorted(_agreed(boxes), key=lambda face: -face.votes)


def _hits(grey: np.ndarray) -> list[tuple[int, int]]:
    """Top left corners of the windows that pass every stage."""
    stages, rectangles, window = _cascade()
    integral = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1), np.int32)
    integral[1:, 1:] = grey.astype(np.int32).cumsum(0).cumsum(1)
    step = 2 if grey.size > 60_000 else 1
    ys, xs = np.mgrid[0 : grey.shape[0] - window + 1 : step, 0 : grey.shape[1] - window + 1 : step]
    wide = integral.shape[1]
    at = (ys * wide + xs).ravel()
    flat = integral.ravel()
    for stage in stages:
        total = np.zeros(len(at))
        for feature, subset, leaf in zip(stage.features, stage.subsets, stage.leaves, strict=True):
            total += np.where(subset[_patterns(flat, wide, at, rectangles[feature])], leaf[0], leaf[1])
        at = at[total >= stage.threshold]
        if not len(at):
            return []
    return [(int(i % wide), int(i // wide)) for i in at]


def _patterns(flat: np.ndarray, wide: int, at: np.ndarray, rectangle: np.ndarray) -> np.ndarray:
    """Which of the eight blocks around the middle one are at least as bright: a number 0..255 for each window."""
    x, y, w, h = (int(v) for v in rectangle)
    corners = [[flat[at + ((y + j * h) * wide + x + i * w)] for i in range(4)] for j in range(4)]

    def block(i: int, j: int) -> np.ndarray:
        return np.asarray(corners[j][i] - corners[j][i + 1] - corners[j + 1][i] + corners[j + 1][i + 1])

    middle = block(1, 1)
    around = ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    code = np.zeros(len(at), np.int64)
    for bit, (i, j) in zip((128, 64, 32, 16, 8, 4, 2, 1), around, strict=True):
        code |= np.where(block(i, j) >= middle, bit, 0)
    return code


def _agreed(boxes: list[Box]) -> list[Face]:
    """Windows that overlap by half, as one face each."""
    groups: list[list[Box]] = []
    for box in boxes:
        for group in groups:
            x0, y0, x1, y1 = np.mean(group, axis=0)
            side, own = x1 - x0, box[2] - box[0]
            far = max(abs((box[0] + box[2]) - (x0 + x1)), abs((box[1] + box[3]) - (y0 + y1))) / 2
            if far < 0.3 * max(side, own) and 0.55 < own / side < 1.8:
                group.append(box)
                break
        else:
            groups.append([box])
    kept = [(np.mean(group, axis=0), len(group)) for group in groups if len(group) >= _NEIGHBOURS]
    faces = [Face((float(b[0]), float(b[1]), float(b[2]), float(b[3])), n) for b, n in kept]
    return [f for f in faces if not any(_within(f.box, o.box) and o.votes > f.votes for o in faces)]


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] < x < outer[2] and outer[1] < y < outer[3]
