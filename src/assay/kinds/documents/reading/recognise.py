"""A page without a text layer, read: recognised runs become words, on the page's picture and on a straightened copy.

A photographed page leans, narrows and bends. Recognition takes each run from the picture as it is; only the places are
straightened, first by the outline of the sheet where it shows, then by the slopes of the lines themselves, so that an
amount and its label, read apart, stand on one height again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assay.formats.ocr import Char, find_text, read_text_at, upside_down
from assay.kinds.documents.opened import Box, Line, Word
from assay.kinds.documents.reading.rows import rows_of
from assay.kinds.documents.reading.sheet import outline_of, to_sheet

_TALL = 1.5  # height to width from which a run is written upwards or downwards
_WIDE = 4.0  # width to height from which a run's slope is worth fitting
_FALSE_SPACE = 1.45  # usual distances between characters, up to which two digits have no room for a space
_IN_NUMBERS = frozenset("0123456789.,'")
_SPLIT = 3.0  # usual distances between characters, from which a gap parts two words


def recognise(pixels: np.ndarray, *, seconds: float) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The lines of a page: in pixels of its picture, and the same words straightened (only for telling rows and columns)."""
    upright, turns, quads = _upright(pixels)
    runs = [replace(run, chars=_joined(run.chars)) for run in read_text_at(upright, quads, seconds=seconds)]
    if not runs:
        return (), ()
    outline = outline_of(upright)
    if outline is not None and not _holds(outline, [run.quad for run in runs]):
        outline = None
    flat = [to_sheet(outline, run.quad) for run in runs] if outline is not None else [run.quad for run in runs]
    level = _straightened(flat)
    straight: list[Word] = []
    placed: dict[int, Word] = {}
    for run, quad, height in zip(runs, level, _heights(flat), strict=True):
        for text, first, last, start, end in _words(run.chars):
            chars = run.chars[first:last]
            sure = sum(c.sure for c in chars) / len(chars)
            word = Word(text, _straight_box(quad, height, start, end), sure, chars)
            straight.append(word)
            there = _picture_box(run.quad, start, end)
            placed[id(word)] = Word(text, _turned_back(there, turns, pixels.shape), sure, chars)
    rows = rows_of(straight)
    return tuple(Line(tuple(placed[id(word)] for word in row.words)) for row in rows), rows


def _upright(pixels: np.ndarray) -> tuple[np.ndarray, int, list[np.ndarray]]:
    """The picture with its text upright, how many quarter turns to the left that took, and the runs found on it."""
    turns, quads = 0, find_text(pixels)
    sizes = [(np.linalg.norm(q[1] - q[0]), np.linalg.norm(q[3] - q[0])) for q in quads]
    tall = sum(max(w, h) for w, h in sizes if h > _TALL * w)
    wide = sum(max(w, h) for w, h in sizes if w > _TALL * h)
    if tall > 2 * wide:
        turns, pixels = 1, np.ascontiguousarray(np.rot90(pixels))
        quads = find_text(pixels)
    if quads and upside_down(pixels, quads):
        turns, pixels = turns + 2, np.ascontiguousarray(np.rot90(pixels, 2))
        quads = find_text(pixels)
    return pixels, turns, quads


def _holds(outline: np.ndarray, quads: Sequence[np.ndarray]) -> bool:
    """Does the sheet hold the text? An outline that cuts text off is a frame printed on the page."""
    import cv2

    shape = outline.astype(np.float32)
    inside = sum(cv2.pointPolygonTest(shape, tuple(map(float, quad.mean(0))), False) >= 0 for quad in quads)
    return bool(inside >= 0.9 * len(quads))


def _heights(quads: Sequence[np.ndarray]) -> list[float]:
    return [float(np.linalg.norm(q[3] - q[0]) + np.linalg.norm(q[2] - q[1])) / 2 for q in quads]


def _straightened(quads: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Middle lines float64[2, 2] (left and right end) with the lean of the lines taken out: the slope of a line is fitted
    over the page as a + bx + cy + dxy, robustly, and integrated along x."""
    middles = [np.stack([(q[0] + q[3]) / 2, (q[1] + q[2]) / 2]) for q in quads]
    centre = np.mean([m.mean(0) for m in middles], axis=0)
    scale = max(1.0, float(np.ptp([m[:, 0] for m in middles])))
    places, slopes, weights = [], [], []
    for middle, height in zip(middles, _heights(quads), strict=True):
        along = middle[1] - middle[0]
        if along[0] > _WIDE * height:
            places.append((middle.mean(0) - centre) / scale)
            slopes.append(along[1] / along[0])
            weights.append(along[0])
    if not places:
        return middles
    a, b, c, d = _fit(np.array(places), np.array(slopes), np.array(weights))
    out = []
    for middle in middles:
        x, y = ((middle - centre) / scale).T
        drop = (a * x + b * x * x / 2 + (c * x + d * x * x / 2) * y.mean()) * scale
        out.append(np.stack([middle[:, 0], middle[:, 1] - drop], 1))
    return out


def _fit(places: np.ndarray, slopes: np.ndarray, weights: np.ndarray) -> tuple[float, float, float, float]:
    x, y = places.T
    columns = np.stack([np.ones(len(x)), x, y, x * y], 1)[:, : 4 if len(x) >= 12 else 1]
    middle = np.median(slopes)
    trust = weights / (1e-3 + np.abs(slopes - middle))
    found = np.zeros(columns.shape[1])
    for _ in range(8):  # iteratively reweighted: absolute rather than square deviations
        root = np.sqrt(trust)[:, None]
        found = np.linalg.lstsq(columns * root, slopes * root[:, 0], rcond=None)[0]
        trust = weights / (1e-3 + np.abs(slopes - columns @ found))
    whole = np.zeros(4)
    whole[: len(found)] = found
    return float(whole[0]), float(whole[1]), float(whole[2]), float(whole[3])


def _joined(chars: tuple[Char, ...]) -> tuple[Char, ...]:
    """Without spaces inside a number that is not spaced: the recogniser puts one where a comma or a digit is faint."""
    steps = np.diff([c.at for c in chars])
    if not len(steps):
        return chars
    usual = float(np.median(steps))
    kept = []
    for i, char in enumerate(chars):
        space = char.char.isspace() and 0 < i < len(chars) - 1
        tight = space and chars[i + 1].at - chars[i - 1].at < _FALSE_SPACE * usual
        if not (tight and chars[i - 1].char in _IN_NUMBERS and chars[i + 1].char in _IN_NUMBERS):
            kept.append(char)
    return tuple(kept)


def _words(chars: tuple[Char, ...]) -> list[tuple[str, int, int, float, float]]:
    """Text, first and last character, and start and end as shares of the run's width, of each word in a run."""
    steps = np.diff([c.at for c in chars])
    usual = float(np.median(steps)) if len(steps) else 0.5
    words = []
    first = 0
    for i in range(len(chars) + 1):
        ends = i == len(chars) or chars[i].char.isspace()
        apart = not ends and i > first and len(chars) > 4 and _apart(chars[i - 1], chars[i], usual)
        if (ends or apart) and i > first:
            start = 0.0 if first == 0 else chars[first].at - usual / 2
            end = 1.0 if i == len(chars) else chars[i - 1].at + usual / 2
            words.append(("".join(c.char for c in chars[first:i]), first, i, max(0.0, start), min(1.0, end)))
        if ends:
            first = i + 1
        elif apart:
            first = i
    return words


def _apart(last: Char, char: Char, usual: float) -> bool:
    """Too far apart for one word? Places are rough where strokes are faint: digits of one amount are not parted lightly."""
    digits = last.char in _IN_NUMBERS and char.char in _IN_NUMBERS
    return char.at - last.at > (2 if digits else 1) * _SPLIT * usual


def _straight_box(middle: np.ndarray, height: float, start: float, end: float) -> Box:
    (x0, y0), (x1, y1) = middle
    y = (y0 + y1) / 2
    return float(x0 + start * (x1 - x0)), float(y - height / 2), float(x0 + end * (x1 - x0)), float(y + height / 2)


def _picture_box(quad: np.ndarray, start: float, end: float) -> np.ndarray:
    """float64[4, 2]: the part of a run between two shares of its width."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return np.stack([quad[0] + start * top, quad[0] + end * top, quad[3] + end * bottom, quad[3] + start * bottom])


def _turned_back(corners: np.ndarray, turns: int, shape: tuple[int, ...]) -> Box:
    """The box around corners found on a picture turned `turns` quarters to the left, on the picture itself."""
    height, width = shape[:2]
    x, y = corners.T
    if turns == 1:
        x, y = width - y, x
    elif turns == 2:
        x, y = width - x, height - y
    elif turns == 3:
        x, y = y, height - x
    return (
        float(np.clip(x.min(), 0, width)),
        float(np.clip(y.min(), 0, height)),
        float(np.clip(x.max(), 0, width)),
        float(np.clip(y.max(), 0, height)),
    )
