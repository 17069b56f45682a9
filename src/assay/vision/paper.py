"""Does a picture look like a paper (a page, a receipt, a card, a screen of text) or like a photograph? Asked by the rooms of
documents and of pictures before either opens a file, so that each is taken by one of them.

Print is told by its lines: runs of strong strokes on an even ground, much longer than high, that change between ink and ground
once or twice a height, all of one direction. The picture is decoded no larger than it must be (a JPEG at an eighth) and looked
at with a longer side of 640 and of 320 pixels; that takes some milliseconds, and its answer is remembered.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections import OrderedDict
from threading import Lock

import numpy as np

from assay.formats.picture import to_rgb
from assay.formats.picture_file import open_picture

SIDE = 640
LEAST_SIDE = 48
MAX_PIXELS = 64_000_000
MOST_RUNS = 200  # that are looked at closely
MANY = 40  # lines that a finer look may find where the coarser one found few
PAPER = 0.35  # from here on it is one: a paper taken for a photograph loses more than a photograph taken for a paper
# A logistic regression over simulated papers (photographed and scanned) and public photographs, rounded: lines at either size,
# their length in picture sides, mean saturation, share of bright pixels.
_BIAS, _FINE, _COARSE, _LENGTH, _SATURATION, _BRIGHT = -9.0, 1.6, 1.9, 1.0, -3.0, 4.5
_KEPT: OrderedDict[bytes, float | None] = OrderedDict()
_LOCK = Lock()


def looks_like_paper(content: bytes) -> bool | None:
    """Is the picture in these bytes a paper? None where it cannot be told (nothing that is read, or too small). Never raises."""
    key = hashlib.blake2b(content, digest_size=16).digest()
    with _LOCK:
        if key in _KEPT:
            told = _KEPT[key]
            return None if told is None else told >= PAPER
    pixels = _small(content)
    told = None if pixels is None else paper_likeness(pixels)
    with _LOCK:
        _KEPT[key] = told
        while len(_KEPT) > 256:
            _KEPT.popitem(last=False)
    return None if told is None else told >= PAPER


def paper_likeness(pixels: np.ndarray) -> float:
    """0 a photograph … 1 a paper, of uint8[h, w, 3] RGB with a longer side of `SIDE` or less."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    coarse, length = _lines_of(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    top, low = pixels.max(2).astype(np.float32), pixels.min(2).astype(np.float32)
    score = _BIAS + _COARSE * math.log1p(coarse) + _LENGTH * min(length, 2.0)
    score += _SATURATION * float(((top - low) / np.maximum(top, 1)).mean()) + _BRIGHT * float((grey > 170).mean())
    # The finer look costs four times as much, and mostly would change nothing.
    if score < 1.0 and score + _FINE * math.log1p(MANY) > 0:
        score += _FINE * math.log1p(_lines_of(grey)[0])
    return 1 / (1 + math.exp(-score))


def _lines_of(grey: np.ndarray) -> tuple[int, float]:
    """Lines of print in the better of both directions, dark on light or light on dark: their number and length together."""
    import cv2

    kernel = np.ones((9, 9), np.uint8)
    found = []
    for turned in (grey, np.ascontiguousarray(grey.T)):
        strokes = (cv2.morphologyEx(turned, op, kernel) for op in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT))
        found += [_lines(turned, stroke) for stroke in strokes]
    return max(found, key=lambda lines: lines[1])


def _lines(grey: np.ndarray, stroke: np.ndarray) -> tuple[int, float]:
    import cv2

    longer = max(grey.shape)
    ink = (stroke > max(16.0, 0.45 * float(np.quantile(stroke, 0.985)))).astype(np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    x, y, wide, high, area = stats[1:].T
    runs = (high >= 3) & (high <= 0.08 * longer) & (wide >= 2.5 * high) & (wide >= 14) & (area >= 0.35 * wide * high)
    picked = np.flatnonzero(runs)
    picked = picked[np.argsort(-wide[picked], kind="stable")][:MOST_RUNS]
    lines = [
        int(wide[i])
        for i in picked
        if _print(*(plane[max(0, y[i] - 1) : y[i] + high[i] + 1, x[i] : x[i] + wide[i]] for plane in (grey, ink)))
    ]
    return len(lines), sum(lines) / longer


def _print(grey: np.ndarray, ink: np.ndarray) -> bool:
    """Are these strokes letters? Their ground is even, and ink and ground change once or twice in a height."""
    import cv2

    ground, strokes = grey[cv2.dilate(ink, np.ones((3, 3), np.uint8)) == 0], grey[ink > 0]
    if ground.size < 12 or strokes.size < 8:
        return False
    contrast = abs(float(np.median(ground)) - float(strokes.mean())) / (float(ground.std()) + 3.0)
    quarter = len(ink) // 4
    middle = ink[quarter : len(ink) - quarter].astype(np.int8)
    changes = float(np.abs(np.diff(middle, axis=1)).sum(1).mean()) * (len(ink) - 2) / ink.shape[1]
    return contrast > 3.0 and 0.5 < changes < 3.2 and 0.15 < float(ink.mean()) < 0.7


def _small(content: bytes) -> np.ndarray | None:
    """uint8[h, w, 3] with a longer side of `SIDE` at most, transparent parts white."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), open_picture(content) as image:
            warnings.simplefilter("ignore")
            image.draft("RGB", (SIDE, SIDE))
            if image.width * image.height > MAX_PIXELS or min(image.size) < LEAST_SIDE:
                return None
            image.load()
            rgb = to_rgb(image)
            share = SIDE / max(rgb.size)
            if share < 1:
                size = max(1, round(rgb.width * share)), max(1, round(rgb.height * share))
                rgb = rgb.resize(size, Image.Resampling.BOX)
            return np.asarray(rgb) if min(rgb.size) >= LEAST_SIDE // 2 else None
    except Exception:  # a decoder fed hostile bytes raises nearly anything
        return None


__all__ = ["PAPER", "looks_like_paper", "paper_likeness"]
