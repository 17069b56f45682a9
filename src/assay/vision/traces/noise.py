"""What a sensor leaves, and editing takes away or brings: noise that is too low or too high for its surroundings and
brightness, traces of enlargement, and a block grid out of step.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from assay.vision.traces.quantised import CELL


def noise(luma: np.ndarray) -> np.ndarray:
    """float32[cells]: |robust z| of a cell's noise among the cells about it of like brightness.

    Noise is the median absolute diagonal second difference, which paper texture and print hardly touch; cells with more
    print than paper, and clipped ones, say nothing (0). `luma` float[height, width].
    """
    import cv2

    y = luma.astype(np.float32)
    difference = np.abs(y[:-1, :-1] - y[:-1, 1:] - y[1:, :-1] + y[1:, 1:]) / 2
    h, w = difference.shape[0] // CELL, difference.shape[1] // CELL
    cells = difference[: h * CELL, : w * CELL].reshape(h, CELL, w, CELL).swapaxes(1, 2).reshape(h, w, CELL * CELL)
    # The lower third of the differences is paper even in a cell with print on it.
    level = np.log(np.partition(cells, CELL * CELL // 3, axis=2)[:, :, CELL * CELL // 3] + 0.15)
    mean = y[: h * CELL, : w * CELL].reshape(h, CELL, w, CELL).mean((1, 3))
    clipped = (mean > 251) | (mean < 8)
    level[clipped] = np.nan
    if np.isfinite(level).sum() < 64:
        return np.zeros((h, w), np.float32)
    expected = _by_brightness(level, mean)
    rest = np.where(np.isfinite(level), level - expected, 0).astype(np.float32)
    rest -= cv2.blur(cv2.medianBlur(rest, 5), (25, 25))  # light and focus change slowly over a photograph
    spread = 1.4826 * float(np.median(np.abs(rest[~clipped]))) + 0.05
    out = np.abs(rest) / spread
    out[clipped] = 0
    return np.asarray(out, np.float32)


def _by_brightness(level: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The usual noise at each cell's brightness: medians over sixteen bins of equal number, joined by lines."""
    ok = np.isfinite(level)
    edges = np.quantile(mean[ok], np.linspace(0, 1, 17))
    centres, medians = [], []
    for low, high in pairwise(edges):
        inside = ok & (mean >= low) & (mean <= high)
        if inside.any():
            centres.append(float(mean[inside].mean()))
            medians.append(float(np.median(level[inside])))
    order = np.argsort(centres)
    return np.asarray(np.interp(mean, np.array(centres)[order], np.array(medians)[order]))


def resampled(luma: np.ndarray) -> np.ndarray:
    """float32[cells]: strength of the periodic pattern that enlarging leaves in second differences (Gallagher 2005), in a
    window of 64 pixels, over the picture's own median.

    JPEG's grid has period 8, so its frequencies are left out.
    """
    import cv2

    y = luma.astype(np.float32)
    h, w = y.shape[0] // CELL, y.shape[1] // CELL
    if h < 8 or w < 8:
        return np.zeros((h, w), np.float32)
    best = np.zeros((h, w), np.float32)
    for plane, turned in ((y, False), (np.ascontiguousarray(y.T), True)):
        second = np.abs(2 * plane[:, 1:-1] - plane[:, :-2] - plane[:, 2:])
        rows, columns = second.shape[0] // CELL, (second.shape[1] - 64) // CELL + 1
        bands = second[: rows * CELL].reshape(rows, CELL, -1).mean(1)
        bands = (bands[:-3] + bands[1:-2] + bands[2:-1] + bands[3:]) / 4 if rows > 3 else bands
        windows = np.stack([bands[:, c * CELL : c * CELL + 64] for c in range(columns)], 1)
        windows = (windows - windows.mean(2, keepdims=True)) * np.hanning(64).astype(np.float32)
        power = np.abs(np.fft.rfft(windows, axis=2))[:, :, 4:]
        power[:, :, [4, 12, 20, 28]] = 0  # multiples of 1/8: JPEG
        power[:, :, [3, 5, 11, 13, 19, 21, 27]] = 0
        peak = power.max(2) / (np.median(power, axis=2) + 0.05)
        full = cv2.copyMakeBorder(
            peak, 1, _side(turned, h, w) - peak.shape[0] - 1, 1, _side(not turned, h, w) - peak.shape[1] - 1,
            cv2.BORDER_REPLICATE,
        )  # fmt: skip
        best = np.maximum(best, full.T if turned else full)
    middle = float(np.median(best))
    return np.asarray((best - middle) / (1.4826 * float(np.median(np.abs(best - middle))) + 0.3), np.float32)


def _side(turned: bool, h: int, w: int) -> int:
    return w if turned else h


def grid(luma: np.ndarray) -> np.ndarray:
    """float32[cells]: how clearly a window of 64 pixels keeps a JPEG block grid out of step with the file's own.

    Differences across block borders are larger than within; a pasted region keeps the borders it came with. By chance one
    in eight falls into step, in each direction.
    """
    y = luma.astype(np.float32)
    h, w = y.shape[0] // CELL, y.shape[1] // CELL
    out = np.zeros((2, h, w), np.float32)
    for axis, plane in enumerate((y, np.ascontiguousarray(y.T))):
        # |second difference| across each column edge, bounded so that print does not drown the grid
        step = np.minimum(np.abs(plane[:, 1:-2] - plane[:, 2:-1]), 12.0)
        step -= (
            np.minimum(np.abs(plane[:, :-3] - plane[:, 1:-2]), 12.0)
            + np.minimum(np.abs(plane[:, 2:-1] - plane[:, 3:]), 12.0)
        ) / 2
        rows, columns = plane.shape[0] // CELL, plane.shape[1] // CELL
        padded = np.zeros((rows * CELL, columns * CELL), np.float32)
        part = step[: rows * CELL, : columns * CELL - 2]
        padded[:, 2 : 2 + part.shape[1]] = part  # column c of `padded`: the edge between pixels c - 1 and c
        phases = padded.reshape(rows, CELL, columns, CELL // 8, 8).sum((1, 3))
        window = _windows(phases)
        spread = window.std(2) + 2.0
        strongest = window.max(2) - window[:, :, 0]
        clear = (window.max(2) - window.mean(2)) / spread
        found = np.where((window.argmax(2) != 0) & (clear > 2.2), strongest / spread, 0)
        out[axis] = found if axis == 0 else found.T
    return np.asarray(out.max(0))


def _windows(phases: np.ndarray) -> np.ndarray:
    """Sums over 4 x 4 cells about each cell."""
    import cv2

    return np.stack(
        [cv2.boxFilter(np.ascontiguousarray(phases[:, :, k]), -1, (4, 4), normalize=False) for k in range(8)], 2
    )


__all__ = ["grid", "noise", "resampled"]
