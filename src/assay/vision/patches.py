"""A bounded number of native-resolution patches, evenly over a picture of any size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIDE = 128  # pixels of a patch where the picture has room for it
LEAST_SIDE = 64


class Patches(NamedTuple):
    """`pixels` uint8 (rows * cols, side, side, 3), row by row; `side` a multiple of 8."""

    pixels: np.ndarray
    rows: int
    cols: int
    side: int


def spread(picture: np.ndarray, most: int) -> Patches:
    """uint8 (h, w, 3), sides of `LEAST_SIDE` at least -> patches that cover it, or at most `most` spaced evenly over it.

    Patches of small pictures overlap rather than leave an edge out; nothing is padded or resized.
    """
    height, width = picture.shape[:2]
    side = min(SIDE, min(height, width) // 8 * 8)
    rows, cols = grid(height, width, side, most)
    tops, lefts = starts(height, side, rows), starts(width, side, cols)
    cut = [picture[y : y + side, x : x + side] for y in tops for x in lefts]
    return Patches(np.ascontiguousarray(np.stack(cut)), rows, cols, side)


def grid(height: int, width: int, side: int, most: int) -> tuple[int, int]:
    """Rows and columns: as many as cover the picture, thinned alike both ways to `most` together."""
    rows, cols = -(-height // side), -(-width // side)
    if rows * cols > most:
        thinner = (most / (rows * cols)) ** 0.5
        rows, cols = min(max(1, int(rows * thinner)), most), max(1, int(cols * thinner))
        cols = min(cols, max(1, most // rows))
    return rows, cols


def starts(length: int, side: int, count: int) -> list[int]:
    """The first pixel of each of `count` patches along an edge, first and last at its ends; one alone lies in the middle."""
    if count == 1:
        return [(length - side) // 2]
    return [(length - side) * i // (count - 1) for i in range(count)]


__all__ = ["LEAST_SIDE", "SIDE", "Patches", "grid", "spread", "starts"]
