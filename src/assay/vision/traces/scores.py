"""From maps to numbers and places: each cue's map over a picture, the strongest place in it, and one map of them all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assay.formats.jpeg import read_jpeg
from assay.vision.traces.copies import Copy, copies
from assay.vision.traces.noise import grid, noise, resampled
from assay.vision.traces.quantised import CELL, double_quantised, ghosts

CUES = ("double", "ghost", "noise", "resampled", "grid")
MAX_PIXELS = 12_000_000  # more is looked at in its middle: shrinking would destroy what is looked for
LEAST_SIDE = 256
Box = tuple[float, float, float, float]


@dataclass
class Scores:
    """`maps` cue -> float32[cells of 16 pixels]; a cue that cannot speak of this picture is not in it. `peaks` cue ->
    (score, box of its strongest region). `offset` (x, y) of the maps in the picture."""

    maps: dict[str, np.ndarray] = field(default_factory=dict)
    peaks: dict[str, tuple[float, Box]] = field(default_factory=dict)
    copied: tuple[Copy, ...] = ()
    offset: tuple[int, int] = (0, 0)


def scores(rgb: np.ndarray, content: bytes = b"") -> Scores | None:
    """`rgb` uint8[height, width, 3], as decoded from `content` (a JPEG file, for the cue that needs its table) without
    being turned or resized. None for a picture too small to say anything of."""
    import cv2

    if min(rgb.shape[:2]) < LEAST_SIDE:
        return None
    rgb, offset = _middle(rgb)
    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    luma = gray.astype(np.float32)
    found = Scores(offset=offset)
    jpeg = read_jpeg(content) if content[:2] == b"\xff\xd8" else None
    if jpeg is not None and jpeg.luma is not None and jpeg.components == 3:
        doubled = double_quantised(luma, jpeg.luma)
        if doubled is not None:
            found.maps["double"] = doubled
    found.maps |= {"ghost": ghosts(rgb), "noise": noise(luma), "resampled": resampled(luma), "grid": grid(luma)}
    found.peaks = {cue: peak(values, offset) for cue, values in found.maps.items()}
    found.copied = copies(gray)
    return found


def _middle(rgb: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """The middle of a picture too large to look at whole, cut on the 16-pixel grid."""
    h, w = rgb.shape[:2]
    if h * w <= MAX_PIXELS:
        return rgb, (0, 0)
    share = (MAX_PIXELS / (h * w)) ** 0.5
    y, x = (int(side * (1 - share) / 2) // 16 * 16 for side in (h, w))
    return rgb[y : y + int(h * share), x : x + int(w * share)], (x, y)


def peak(values: np.ndarray, offset: tuple[int, int]) -> tuple[float, Box]:
    """The highest mean over three by two cells, and the box of the cells about it that reach half of it."""
    import cv2

    smooth = cv2.blur(np.ascontiguousarray(values, np.float32), (3, 2))
    row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
    top = float(smooth[row, column])
    x, y = offset
    if top <= 0:
        return 0.0, (0.0, 0.0, 0.0, 0.0)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((smooth >= top / 2).astype(np.uint8), connectivity=8)
    left, upper, w, h = (int(v) for v in stats[labels[row, column], :4])
    box = (x + left * CELL, y + upper * CELL, x + (left + w) * CELL, y + (upper + h) * CELL)
    return top, (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def heat(found: Scores, scales: dict[str, float]) -> np.ndarray:
    """float32[cells] in 0..1: every cue as a share of the score that would be remarkable (`scales`), the largest of them."""
    shape = next(iter(found.maps.values())).shape
    out = np.zeros(shape, np.float32)
    for cue, values in found.maps.items():
        if cue in scales:
            h, w = min(shape[0], values.shape[0]), min(shape[1], values.shape[1])
            out[:h, :w] = np.maximum(out[:h, :w], values[:h, :w] / scales[cue])
    return np.clip(out, 0, 1)


__all__ = ["CUES", "Scores", "heat", "peak", "scores"]
