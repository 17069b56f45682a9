"""Reads strands as lines of a machine readable zone: cuts a strip along the strand and runs the recogniser that ships here
(see `train.py` and `shipped/card.json`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assay.kinds.documents.identity.strands import Strand
from assay.kinds.documents.identity.zone import ALPHABET

HEIGHT, CAP = 32, 20  # pixels of a strip and of a capital letter in it, as the recogniser learnt them
_WIDEST = 1800
_SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class Strip:
    """grey uint8[HEIGHT, w]; `strand` is what it was cut along, `step` the pixels of the page that one of its own is wide,
    `before` how far ahead of the strand's start it begins."""

    grey: np.ndarray
    strand: Strand
    step: float
    before: float

    def place(self, frame: float) -> float:
        """Distance along the strand of a frame of the recogniser (four pixels wide)."""
        return (frame * 4 + 2) * self.step - self.before


def strip_of(grey: np.ndarray, strand: Strand) -> Strip:
    """The strip along a strand, its height fitted to the letters. `grey` is uint8[h, w]."""
    cap = strand.height / 1.5
    fitted, cap = _fitted(grey, strand, cap)
    fitted, cap = _fitted(grey, fitted, cap)
    return _cut(grey, fitted, cap)


def _cut(grey: np.ndarray, strand: Strand, cap: float, tall: int = HEIGHT) -> Strip:
    import cv2

    step = cap / CAP
    before = 1.2 * cap
    width = int(min(_WIDEST, max(16, (strand.length + 2 * before) / step)))
    step = (strand.length + 2 * before) / width
    s = (np.arange(width) + 0.5) * step - before
    off = (np.arange(tall) + 0.5 - tall / 2) * (cap / CAP)
    points = strand.at(s[None, :], off[:, None]).astype(np.float32)
    # Shrinking needs an average, or the strokes alias: shrink the picture first where it is much larger.
    shrink = min(1.0, 1.6 / step)
    source = grey
    if shrink < 0.7:
        x0, y0 = np.floor(points.reshape(-1, 2).min(0)).astype(int) - 4
        x1, y1 = np.ceil(points.reshape(-1, 2).max(0)).astype(int) + 4
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(grey.shape[1], x1), min(grey.shape[0], y1)
        if x1 - x0 > 8 and y1 - y0 > 8:
            part = grey[y0:y1, x0:x1]
            source = cv2.resize(part, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
            scale = np.array([source.shape[1] / part.shape[1], source.shape[0] / part.shape[0]], np.float32)
            points = (points - np.array([x0, y0], np.float32)) * scale
    out = cv2.remap(source, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Strip(np.asarray(out, np.uint8), strand, step, before)


def _fitted(grey: np.ndarray, strand: Strand, cap: float) -> tuple[Strand, float]:
    """The strand moved onto the letters' middle, left and right by themselves, and the letters' height."""
    tall = 2 * HEIGHT
    strip = _cut(grey, strand, cap, tall)
    edges = np.abs(np.diff(strip.grey.astype(np.float32), axis=1))
    width = edges.shape[1]
    moves, caps = [], []
    for part in (edges[:, : width // 2], edges[:, width // 2 :]):
        found = _rows(part.mean(1))
        if found is not None:
            moves.append(((found[0] + found[1]) / 2 - tall / 2) * cap / CAP)
            caps.append((found[1] - found[0]) * cap / CAP)
    if len(moves) < 2 or not 0.7 < caps[0] / caps[1] < 1.4:
        return strand, cap
    a, b, c = strand.bend
    slope = (moves[1] - moves[0]) / (strand.length / 2)
    shift = moves[0] - slope * strand.length / 4
    return replace(strand, bend=(a, b + slope, c + shift)), float(np.mean(caps))


def _rows(profile: np.ndarray) -> tuple[float, float] | None:
    """First and last row of the letters around the middle of a profile of edges, to a fraction of a row."""
    middle = len(profile) // 2
    floor = float(np.quantile(profile, 0.1))
    core = float(np.quantile(profile[middle - 8 : middle + 8], 0.7))
    if core < floor + 1.0:
        return None
    level = floor + 0.45 * (core - floor)
    top = middle
    inside = np.flatnonzero(profile[middle - 8 : middle + 8] > level)
    if not len(inside):
        return None
    top = bottom = middle - 8 + int(inside[len(inside) // 2])
    while top > 0 and profile[top - 1 : top + 1].max() > level and top > middle - 28:
        top -= 1
    while bottom < len(profile) - 1 and profile[bottom : bottom + 2].max() > level and bottom < middle + 28:
        bottom += 1
    if not 9 <= bottom - top <= 44:
        return None
    return float(top) + 0.5, float(bottom) + 0.5


@cache
def _recogniser() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # strips differ in length, and an arena keeps room for each
    return onnxruntime.InferenceSession(str(_SHIPPED / "model.onnx"), options, providers=["CPUExecutionProvider"])


def recognise(strip: np.ndarray) -> np.ndarray:
    """Log-probabilities float64[t, 38] of blank and the 37 characters, a frame every four pixels of a strip."""
    grey = strip.astype(np.float32)
    grey = (grey - grey.mean()) / (grey.std() + 4)
    found = np.asarray(_recogniser().run(None, {"strip": grey[None, None]})[0][0, :, 0].T, np.float64)
    found -= found.max(1, keepdims=True)
    return np.asarray(found - np.log(np.exp(found).sum(1, keepdims=True)))


def second_reading(pixels: np.ndarray, strip: Strip) -> np.ndarray:
    """The same line by the general recogniser of `assay.formats.ocr`, as `recognise` gives it but eight pixels a frame: another
    network, taught on other pictures, to ask before a paper is called forged."""
    import cv2

    from assay.formats.ocr import character_scores

    width = strip.grey.shape[1]
    s = (np.arange(width) + 0.5) * strip.step - strip.before
    off = (np.arange(HEIGHT) + 0.5 - HEIGHT / 2) * strip.step
    points = strip.strand.at(s[None, :], off[:, None]).astype(np.float32)
    colour = cv2.remap(pixels, points[..., 0], points[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    scores, alphabet = character_scores(cv2.resize(colour, (width * 48 // HEIGHT, 48), interpolation=cv2.INTER_CUBIC))
    ours = [0, *(alphabet.index(c) for c in ALPHABET)]
    few = scores[:, ours] + 1e-9
    return np.asarray(np.log(few / few.sum(1, keepdims=True)), np.float64)
