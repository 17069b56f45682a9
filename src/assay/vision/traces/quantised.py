"""What repeated JPEG compression leaves: blocks that were compressed twice while others were not (double quantisation), and
regions that fit another quality than the rest (ghosts).

Double quantisation after Lin et al. 2009 and Bianchi & Piva 2012: where a page was a JPEG before it was edited and saved
again, the histogram of its coefficients has periodic gaps; a block pasted in afterwards lacks them. The first table is found
mode by mode against the histogram that the same picture would have had without it, taken from the picture shifted by four
pixels. It says nothing where both tables are equal, and little where the second is much coarser.
"""

from __future__ import annotations

from functools import cache

import numpy as np

CELL = 16  # pixels of a cell of every map of this package
_MODES = [(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0), (2, 2)]
_REACH = 24  # quantised values beyond this are pooled: they are rare and tell little
_FIRST = range(2, 33)  # steps of a first quantisation that are tried
LEAST_BLOCKS = 400
_SAMPLE = 60_000  # coefficients that a distribution is taken from
_SURE = 0.03  # nats a coefficient by which a first quantisation must fit better than none, to be believed


@cache
def _basis() -> np.ndarray:
    """float64[8, 8]: rows are the orthonormal DCT-II's functions."""
    k, n = np.meshgrid(np.arange(8), np.arange(8), indexing="ij")
    basis = np.sqrt(2 / 8) * np.cos((2 * n + 1) * k * np.pi / 16)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis)


def block_dct(luma: np.ndarray) -> np.ndarray:
    """float32[rows, columns, 8, 8]: the DCT of every whole 8x8 block of float luminance [height, width], shifted by -128."""
    h, w = luma.shape[0] // 8, luma.shape[1] // 8
    blocks = (luma[: h * 8, : w * 8].astype(np.float32) - 128).reshape(h, 8, w, 8).swapaxes(1, 2)
    basis = _basis().astype(np.float32)
    return np.asarray(basis @ blocks @ basis.T)


def _coefficients(luma: np.ndarray) -> np.ndarray:
    """float32[rows, columns, modes]: those coefficients of every whole 8x8 block that are looked at, by one product."""
    h, w = luma.shape[0] // 8, luma.shape[1] // 8
    blocks = (luma[: h * 8, : w * 8].astype(np.float32) - 128).reshape(h, 8, w, 8).swapaxes(1, 2).reshape(h * w, 64)
    return np.asarray(blocks @ _functions()).reshape(h, w, len(_MODES))


@cache
def _functions() -> np.ndarray:
    """float32[64, modes]: the two-dimensional functions of `_MODES`."""
    basis = _basis()
    return np.stack([np.outer(basis[u], basis[v]).ravel() for u, v in _MODES], 1).astype(np.float32)


@cache
def _rounding() -> np.ndarray:
    """float32[60000]: what rounding to pixels between two saves adds to a coefficient."""
    return np.random.default_rng(0).normal(0, 0.5, _SAMPLE).astype(np.float32)


def double_quantised(luma: np.ndarray, table: np.ndarray) -> np.ndarray | None:
    """float32[cells]: log odds that a cell was NOT compressed twice in a picture that was, positive where it was pasted in.

    `luma` float[height, width] as decoded, `table` int[8, 8] of the file. None where the picture shows no first
    compression: then no part can lack it.
    """
    coefficients, shifted = _coefficients(luma), _coefficients(luma[4:, 4:])
    # Clipping to 0..255 breaks the pattern, so blocks that touch either end say nothing.
    whole, between = _unclipped(luma), _unclipped(luma[4:, 4:])
    if whole.sum() < LEAST_BLOCKS or between.sum() < LEAST_BLOCKS:
        return None
    odds = np.zeros(coefficients.shape[:2], np.float32)
    found = 0
    for mode, (u, v) in enumerate(_MODES):
        q2 = int(table[u, v])
        if q2 > 60:
            continue
        values = np.rint(coefficients[:, :, mode] / q2).astype(np.int64)
        q1, single, double = _first_step(values[whole], shifted[between, mode], q2)
        if q1 is None:
            continue
        found += 1
        at = np.clip(values, -_REACH, _REACH) + _REACH
        told = np.log(single[at]) - np.log(double[at])
        told[(values == 0) | ~whole] = 0.0  # a zero is a zero under any table
        odds += np.clip(told, -2.5, 2.5).astype(np.float32)
    return to_cells(odds, 2) if found >= 2 else None


def _unclipped(luma: np.ndarray) -> np.ndarray:
    """bool[rows, columns]: 8x8 blocks that stay away from black and white."""
    h, w = luma.shape[0] // 8, luma.shape[1] // 8
    blocks = luma[: h * 8, : w * 8].reshape(h, 8, w, 8)
    return np.asarray((blocks.min((1, 3)) > 3) & (blocks.max((1, 3)) < 252))


def _first_step(values: np.ndarray, free: np.ndarray, q2: int) -> tuple[int | None, np.ndarray, np.ndarray]:
    """The first step that explains the histogram of `values` best, and the distributions without and with it."""
    seen = np.bincount(np.clip(values, -_REACH, _REACH).ravel() + _REACH, minlength=2 * _REACH + 1).astype(float)
    single = _distribution(free, None, q2)
    active = np.arange(2 * _REACH + 1) != _REACH
    if seen[active].sum() < LEAST_BLOCKS:
        return None, single, single
    weight = seen * active / seen[active].sum()
    base = float((weight * np.log(single)).sum())
    best, sure, chosen = None, _SURE, single
    for q1 in _FIRST:
        if q1 == q2 or q2 % q1 == 0:
            continue  # such a first step leaves no gap
        double = _distribution(free, q1, q2)
        gain = float((weight * np.log(double)).sum()) - base
        if gain > sure:
            best, sure, chosen = q1, gain, double
    return best, single, chosen


def _distribution(free: np.ndarray, q1: int | None, q2: int) -> np.ndarray:
    """float64[2 * _REACH + 1]: probability of each quantised value, zero apart, of unquantised coefficients put through
    the steps, smoothed by what rounding to pixels in between does (standard deviation about .5)."""
    flat = free.ravel()[:: -(-free.size // _SAMPLE)]
    if q1 is not None:
        flat = np.rint(flat / q1) * q1 + _rounding()[: flat.size]
    at = np.clip(np.rint(flat / q2).astype(np.int64), -_REACH, _REACH) + _REACH
    counts = np.bincount(at, minlength=2 * _REACH + 1).astype(float)
    counts[_REACH] = 0.0
    counts += 0.002 * counts.sum() / counts.size + 1e-9
    return np.asarray(counts / counts.sum())


def to_cells(blocks: np.ndarray, side: int) -> np.ndarray:
    """Sums over side x side blocks; an incomplete last row or column is left out."""
    h, w = blocks.shape[0] // side, blocks.shape[1] // side
    return np.asarray(blocks[: h * side, : w * side].reshape(h, side, w, side).sum((1, 3)))


def ghosts(rgb: np.ndarray) -> np.ndarray:
    """float32[cells]: how much better a cell fits some coarser quality than its surroundings fit the same (Farid 2009).

    A region that was once saved at a lower quality than the rest hardly changes when the picture is saved at that
    quality again. `rgb` uint8[height, width, 3].
    """
    import cv2

    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    best = None
    for quality in (45, 55, 65, 75, 85):
        ok, file = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not ok:
            break
        again = np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR))
        error = cv2.cvtColor(cv2.absdiff(again, bgr), cv2.COLOR_BGR2GRAY).astype(np.float32) ** 2
        cells = cv2.resize(error, (rgb.shape[1] // CELL, rgb.shape[0] // CELL), interpolation=cv2.INTER_AREA)
        texture = np.log(cells + 0.5)
        around = cv2.medianBlur(texture, 5)
        dip = around - texture
        best = dip if best is None else np.maximum(best, dip)
    return np.zeros((rgb.shape[0] // CELL, rgb.shape[1] // CELL), np.float32) if best is None else best


__all__ = ["CELL", "block_dct", "double_quantised", "ghosts", "to_cells"]
