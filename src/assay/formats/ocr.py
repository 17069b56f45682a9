"""Text in pictures: where it stands (a DB text detector) and what it says (a CTC recogniser), both PP-OCRv6.

The two networks are the files that the rapidocr package carries; they are run here directly on ONNX Runtime, on one
thread each, so that nothing can be downloaded and every character keeps its probability and its runner-up, which is what
tells a misread digit from a changed one. Literature: Liao et al., Real-time Scene Text Detection with Differentiable
Binarization (AAAI 2020); Graves et al., Connectionist Temporal Classification (ICML 2006).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

MAX_SIDE = 1600  # pixels the detector looks at: 2000 finds the same runs in twice the time and memory
MIN_SCORE = 0.5  # mean probability of a run's characters, below which it is no text
MAX_RUNS = 600
_MASK, _RUN_SCORE, _UNCLIP = 0.3, 0.5, 1.6  # as the detector was published with
_HEIGHT, _STEP = 48, 8  # pixels of the recogniser's input, and of one output step
_LONGEST = 2400  # pixels of one run at that height
_BATCH_PIXELS = 4000  # widths of one batch together
_LOCK = Lock()  # one batch at a time: what the networks work with is large


@dataclass(frozen=True)
class Char:
    """One character: its probability, the runner-up and that one's, and its middle as a share 0..1 of the run's width."""

    char: str
    sure: float
    other: str
    other_sure: float
    at: float


@dataclass(frozen=True)
class Run:
    """Text on one line without large gaps. `quad` float64[4, 2]: top left, top right, bottom right, bottom left in the
    direction of reading, pixels of the picture given."""

    quad: np.ndarray
    chars: tuple[Char, ...]

    @property
    def text(self) -> str:
        return "".join(one.char for one in self.chars)

    @property
    def score(self) -> float:
        return sum(one.sure for one in self.chars) / max(1, len(self.chars))


def read_text(pixels: np.ndarray, *, seconds: float = 20.0) -> tuple[Run, ...]:
    """Every run of text in uint8[h, w, 3] RGB pixels, top to bottom. What is not read within `seconds` is left out."""
    return read_text_at(pixels, find_text(pixels), seconds=seconds)


def read_text_at(pixels: np.ndarray, quads: Sequence[np.ndarray], *, seconds: float = 20.0) -> tuple[Run, ...]:
    """The same of places found before."""
    runs = read_runs(pixels, quads, deadline=time.monotonic() + seconds)
    return tuple(run for run in runs if run.score >= MIN_SCORE)


def find_text(pixels: np.ndarray, *, max_side: int = MAX_SIDE) -> list[np.ndarray]:
    """Quadrilaterals float64[4, 2] around runs of text, top to bottom."""
    import cv2

    height, width = pixels.shape[:2]
    if min(height, width) < 8:
        return []
    scale = min(1.0, max_side / max(height, width))
    if min(height, width) * scale < 736:  # the detector was trained on larger print; thin strips stay within bounds
        scale = min(736 / min(height, width), max_side / max(height, width), 2.0)
    size = (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    likely = _networks().find(_normal(small)[None])[0, 0]
    found = _outlines(likely, (width / size[0], height / size[1]))
    found.sort(key=lambda quad: (float(quad[:, 1].mean()), float(quad[:, 0].mean())))
    return found[:MAX_RUNS]


def _outlines(likely: np.ndarray, scale: tuple[float, float]) -> list[np.ndarray]:
    """The blobs of a probability map as rectangles, grown to where their letters end."""
    import cv2

    mask = cv2.dilate((likely > _MASK).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads = []
    for contour in contours[: 4 * MAX_RUNS]:
        (cx, cy), (w, h), angle = cv2.minAreaRect(contour)
        if min(w, h) < 3:
            continue
        x, y, bw, bh = cv2.boundingRect(contour)
        inside = np.zeros((bh, bw), np.uint8)
        corners = cv2.boxPoints(((cx, cy), (w, h), angle))
        cv2.fillPoly(inside, [np.round(corners - (x, y)).astype(np.int32)], 1)
        if cv2.mean(likely[y : y + bh, x : x + bw], inside)[0] < _RUN_SCORE:
            continue
        grow = w * h * _UNCLIP / (w + h)  # twice the offset that Vatti clipping would move each edge by
        corners = cv2.boxPoints(((cx, cy), (w + grow, h + grow), angle)).astype(np.float64) * scale
        quads.append(_reading_order(corners))
    return quads


def _reading_order(corners: np.ndarray) -> np.ndarray:
    """Four corners from the top left, clockwise."""
    centre = corners.mean(0)
    around = np.argsort(np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0]))
    ordered = corners[around]
    first = int(np.argmin(ordered.sum(1)))
    ordered = np.roll(ordered, -first, axis=0)
    wide = np.linalg.norm(ordered[1] - ordered[0]) >= np.linalg.norm(ordered[3] - ordered[0])
    leaning = abs(ordered[1][1] - ordered[0][1]) > abs(ordered[1][0] - ordered[0][0])
    if wide and leaning:  # steep text: the sum of the coordinates chose a corner on the wrong end
        ordered = np.roll(ordered, -1 if ordered[0][1] > ordered[1][1] else 1, axis=0)
    return np.ascontiguousarray(ordered)


def read_runs(pixels: np.ndarray, quads: Sequence[np.ndarray], *, deadline: float = math.inf) -> list[Run]:
    """What each quadrilateral says, in their order; those without a character, or beyond the deadline, are left out."""
    if not quads:
        return []
    strips = [strip_of(pixels, quad) for quad in quads]
    order = sorted(range(len(quads)), key=lambda i: strips[i].shape[1])
    chars: dict[int, tuple[Char, ...]] = {}
    start = 0
    while start < len(order) and time.monotonic() < deadline:
        end = start + 1
        while end < len(order) and (end + 1 - start) * strips[order[end]].shape[1] <= _BATCH_PIXELS:
            end += 1
        batch = order[start:end]
        width = max(strips[i].shape[1] for i in batch)
        stacked = np.zeros((len(batch), 3, _HEIGHT, width), np.float32)
        for row, i in enumerate(batch):
            stacked[row, :, :, : strips[i].shape[1]] = _normal(strips[i])
        for row, scores in zip(batch, _networks().read(stacked), strict=True):
            chars[row] = _decode(scores, strips[row].shape[1] / _STEP)
        start = end
    return [Run(quads[i], chars[i]) for i in range(len(quads)) if chars.get(i)]


def strip_of(pixels: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """The quadrilateral as a strip 48 pixels high, straight."""
    import cv2

    across, down = _size(quad)
    if down >= 1.5 * across:  # written upwards or downwards: read as if the page were turned
        quad, across, down = np.roll(quad, -1, axis=0), down, max(across, 1.0)
    width = int(min(_LONGEST, max(_STEP * 2, math.ceil(_HEIGHT * across / down))))
    flat = np.array([[0, 0], [width, 0], [width, _HEIGHT], [0, _HEIGHT]], np.float32)
    warp = cv2.getPerspectiveTransform(np.ascontiguousarray(quad, np.float32), flat)
    strip: np.ndarray = cv2.warpPerspective(
        pixels, warp, (width, _HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return strip


def _size(quad: np.ndarray) -> tuple[float, float]:
    """Length along and across the reading direction, the longer of the two edges each."""
    edges = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return float(max(edges[0], edges[2])), float(max(edges[1], edges[3], 1.0))


def _decode(scores: np.ndarray, steps: float) -> tuple[Char, ...]:
    """Best path through float32[steps, characters]: repeats fold, blanks (index 0) drop out."""
    best = scores.argmax(1)
    alphabet = _networks().alphabet
    chars = []
    for t in np.flatnonzero((best != 0) & (best != np.concatenate([[-1], best[:-1]]))).tolist():
        index = int(best[t])
        row = scores[t]
        top = np.argpartition(row, -3)[-3:]
        others = sorted(((float(row[i]), int(i)) for i in top if i not in (index, 0)), reverse=True)
        other_sure, other = others[0] if others else (0.0, 0)
        chars.append(
            Char(alphabet[index], float(row[index]), alphabet[other] if other else "", other_sure,
                 min(1.0, (t + 0.5) / max(steps, 1.0)))
        )  # fmt: skip
    while chars and chars[-1].char.isspace():
        chars.pop()
    return tuple(chars)


def upside_down(pixels: np.ndarray, quads: Sequence[np.ndarray]) -> bool:
    """Does most of a sample of runs stand on its head?"""
    import cv2

    long = sorted(quads, key=lambda q: -float(np.linalg.norm(q[1] - q[0])))[:12]
    if not long:
        return False
    strips = np.zeros((len(long), 3, _HEIGHT, 192), np.float32)
    for row, quad in enumerate(long):
        strip = strip_of(pixels, quad)
        strip = cv2.resize(strip, (192, _HEIGHT)) if strip.shape[1] > 192 else strip
        strips[row, :, :, : strip.shape[1]] = _normal(strip)
    turned = _networks().turned(strips)[:, 1]
    return bool(np.mean(turned > 0.9) > 0.5)


def text_likelihood(pixels: np.ndarray) -> np.ndarray:
    """How likely each pixel of uint8[h, w, 3] RGB (h and w multiples of 32) is text, float32[h, w]: the detector's own map."""
    return np.asarray(_networks().find(_normal(pixels)[None])[0, 0], np.float32)


def character_scores(strip: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Probabilities float32[steps, characters] along a strip uint8[48, w, 3], eight pixels a step, and the characters (the
    first is the blank): for readers that know what may stand there."""
    return np.asarray(_networks().read(_normal(strip)[None])[0], np.float32), _networks().alphabet


def _normal(pixels: np.ndarray) -> np.ndarray:
    """uint8 RGB as the networks take it: float32[3, h, w], blue first, -1..1."""
    return (pixels[:, :, ::-1].astype(np.float32) / 127.5 - 1.0).transpose(2, 0, 1)


class _Networks:
    def __init__(self) -> None:
        from importlib.util import find_spec
        from pathlib import Path

        import onnxruntime as ort

        found = find_spec("rapidocr")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("rapidocr, which carries the networks that read text, is not installed")
        models = Path(found.origin).parent / "models"
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # runs differ in width: nothing to reuse
        options.log_severity_level = 3

        def session(name: str) -> Any:
            return ort.InferenceSession(str(models / name), options, providers=["CPUExecutionProvider"])

        self._find = session("PP-OCRv6_det_small.onnx")
        self._read = session("PP-OCRv6_rec_small.onnx")
        self._turned = session("ch_ppocr_mobile_v2.0_cls_mobile.onnx")
        listed = self._read.get_modelmeta().custom_metadata_map["character"].split("\n")
        self.alphabet = ["", *(char for char in listed if char), " "]

    def find(self, batch: np.ndarray) -> np.ndarray:
        with _LOCK:
            return np.asarray(self._find.run(None, {"x": batch})[0])

    def read(self, batch: np.ndarray) -> np.ndarray:
        with _LOCK:
            return np.asarray(self._read.run(None, {"x": batch})[0])

    def turned(self, batch: np.ndarray) -> np.ndarray:
        with _LOCK:
            return np.asarray(self._turned.run(None, {"x": batch})[0])


@cache
def _networks() -> _Networks:
    return _Networks()
