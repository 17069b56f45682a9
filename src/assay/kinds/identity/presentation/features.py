"""What a face's pixels say of how they came about, as numbers: texture, spectrum, colour, light and what stands around the face.

Sources: colour texture by local binary patterns (Boulkenafet, Komulainen and Hadid 2016; Ojala et al. 2002), image distortion
analysis: specular reflection, chroma and colour diversity (Wen, Han and Jain 2015), moiré as peaks of the spectrum (Patel, Han
and Jain 2016). All are shares, ratios or logarithms, so that size and brightness of the picture matter little. `blur` gates
and does not decide: sharpness and noise tell cameras apart better than attacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from assay.kinds.identity.presentation.region import Region
from assay.vision.quality import blurred

_PATTERN_SIDE = 96  # pixels of the face at which patterns are counted
_WINDOW = 128  # pixels of the spectrum's window
_TINY = 1e-6
CHANNELS = ("y", "cr", "cb")


def features(found: Region) -> dict[str, float]:
    """Name -> value; NaN where the picture has no such thing (no ring around the face)."""
    import cv2

    colours = cv2.cvtColor(found.face, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    told = dict(_patterns(found, colours))
    told["blur"] = blurred(colours[:, :, 0])
    for i, name in enumerate(CHANNELS):
        told |= {f"{name}.{key}": value for key, value in spectrum(colours[:, :, i]).items()}
    told |= _colour(found, colours)
    told |= _around(found)
    return told


# -- texture ----------------------------------------------------------------------------------------------------------


def _patterns(found: Region, colours: np.ndarray) -> Iterator[tuple[str, float]]:
    """Shares of the ten rotation-invariant uniform patterns, at two radii of the face shrunk to one size."""
    import cv2

    scale = min(1.0, _PATTERN_SIDE / max(found.skin.shape))
    small = colours if scale == 1 else cv2.resize(colours, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    skin = cv2.resize(found.skin.astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    for i, name in enumerate(CHANNELS):
        for radius in (1, 2):
            shares = pattern_shares(small[:, :, i], skin, radius)
            for code, share in enumerate(shares.tolist()):
                yield f"{name}.pattern{radius}.{code}", share


def pattern_shares(values: np.ndarray, inside: np.ndarray, radius: int) -> np.ndarray:
    """float64[10]: how often each rotation-invariant uniform pattern of eight neighbours occurs inside (Ojala et al. 2002);
    the last is all that are not uniform."""
    r = radius
    core = values[r:-r, r:-r]
    code = np.zeros(core.shape, np.uint8)
    height, width = values.shape
    for bit, (dy, dx) in enumerate(((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))):
        near = values[r + dy * r : height - r + dy * r, r + dx * r : width - r + dx * r]
        code |= (near >= core).astype(np.uint8) << bit
    counted = np.bincount(_uniform()[code[inside[r:-r, r:-r]]], minlength=10).astype(np.float64)
    return np.asarray(counted / max(counted.sum(), 1.0))


@cache
def _uniform() -> np.ndarray:
    """uint8[256]: the number of set bits of a pattern with at most two changes round the circle, else 9."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(1)
    return np.where(changes <= 2, bits.sum(1), 9).astype(np.uint8)


# -- spectrum ---------------------------------------------------------------------------------------------------------


def spectrum(values: np.ndarray) -> dict[str, float]:
    """Of a channel float32 (h, w): how steeply its power falls, how far single peaks stand above their surroundings (a
    regular grid seen through another one: moiré), and whether a direction is preferred."""
    side = min(_WINDOW, *values.shape)
    top, left = (values.shape[0] - side) // 2, (values.shape[1] - side) // 2
    patch = values[top : top + side, left : left + side].astype(np.float64)
    window = np.hanning(side)
    power = np.abs(np.fft.fftshift(np.fft.fft2((patch - patch.mean()) * window[:, None] * window))) ** 2
    level = np.log(power + 1e-3 * side**2)
    frequency, turn = _polar(side)
    mean = np.array([level[(frequency >= a) & (frequency < a + 0.05)].mean() for a in np.arange(0.05, 0.5, 0.05)])
    told = {"slope": float(mean[0] - mean[-1]), "middle": float(mean[4] - (mean[0] + mean[-1]) / 2)}
    expected = np.interp(frequency, np.arange(0.075, 0.5, 0.05), mean)
    over = level - expected
    band = (frequency > 0.12) & (frequency < 0.5)
    values_over = np.sort(over[band])
    told["peak"] = float(values_over[-6:].mean())
    told["peaks"] = float(np.log1p((over[band] > 3.5).sum()))
    sectors = np.array([over[band & (turn == s)].mean() for s in range(8)])
    told["direction"] = float(sectors.max() - np.median(sectors))
    upright = over[band & ((turn == 0) | (turn == 4))].mean()
    told["grid"] = float(upright - over[band & ((turn == 2) | (turn == 6))].mean())
    return told


@cache
def _polar(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequency in cycles a pixel and which of eight sectors of the half turn, for a shifted spectrum."""
    axis = np.fft.fftshift(np.fft.fftfreq(side))
    frequency = np.hypot(axis[:, None], axis)
    turn = np.round(np.arctan2(axis[:, None], axis) / np.pi * 8).astype(int) % 8
    return frequency, turn


# -- colour and light -------------------------------------------------------------------------------------------------


def _colour(found: Region, colours: np.ndarray) -> dict[str, float]:
    import cv2

    skin = found.skin
    rgb = found.face[skin].astype(np.float32)
    y, cr, cb = (colours[:, :, i][skin] for i in range(3))
    hsv = cv2.cvtColor(found.face, cv2.COLOR_RGB2HSV)[skin].astype(np.float32)
    low, quarter, half, most, high = np.percentile(y, [1, 25, 50, 75, 99])
    span = max(float(high - low), 1.0)
    told = {
        "light.range": span / 255,
        "light.black": float(low) / 255,
        "light.skew": float((high + low - 2 * half) / span),
        "light.even": float(most - quarter) / span,
        "light.burnt": float((rgb.max(1) >= 250).mean()),
        "light.lost": float((rgb.max(1) <= 8).mean()),
        "light.gloss": float(((hsv[:, 2] > 0.85 * max(float(high), 1)) & (hsv[:, 1] < 60)).mean()),
        "colour.cr": float(cr.mean() - 128) / 128,
        "colour.cb": float(cb.mean() - 128) / 128,
        "colour.cr.spread": float(cr.std()) / span,
        "colour.cb.spread": float(cb.std()) / span,
        "colour.saturation": float(hsv[:, 1].mean()) / 255,
        "colour.saturation.spread": float(hsv[:, 1].std()) / 255,
        "colour.red-green": _correlation(rgb[:, 0], rgb[:, 1]),
        "colour.green-blue": _correlation(rgb[:, 1], rgb[:, 2]),
        "colour.cr-cb": _correlation(cr, cb),
        "colour.y-cr": _correlation(y, cr),
    }
    coarse = (found.face[skin] >> 4).astype(np.int32)
    kinds = len(np.unique(coarse[:, 0] * 256 + coarse[:, 1] * 16 + coarse[:, 2]))
    told["colour.kinds"] = float(np.log(kinds / np.sqrt(len(coarse)) + _TINY))
    return told


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a**2).mean() * (b**2).mean()))
    return float((a * b).mean()) / spread if spread > _TINY else 0.0


# -- surroundings -----------------------------------------------------------------------------------------------------


def _around(found: Region) -> dict[str, float]:
    """The ring against the face: as sharp, as bright? And the longest straight edges beside and below the face, as an edge
    of paper or a bezel has them."""
    import cv2

    grey = cv2.cvtColor(found.ring, cv2.COLOR_RGB2GRAY)
    x0, y0, x1, y1 = found.inside
    outside = np.ones(grey.shape, bool)
    outside[y0:y1, x0:x1] = False
    names = ("ring.sharp", "ring.bright", "ring.flat", "ring.edge", "ring.edges")
    if outside.mean() < 0.3:
        return dict.fromkeys(names, float("nan"))
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    face, ring = grey[y0:y1, x0:x1], grey[outside]
    edges = cv2.Canny(grey, 60, 160)
    edges[y0:y1, x0:x1] = 0
    side = y1 - y0
    lines = cv2.HoughLinesP(edges, 1, np.pi / 180, 25, minLineLength=side * 0.3, maxLineGap=4)
    lengths = (
        [] if lines is None else sorted(np.hypot(x - u, y - v) / side for u, v, x, y in lines.reshape(-1, 4).tolist())
    )
    return {
        names[0]: float(np.log((detail[outside].mean() + 0.1) / (detail[y0:y1, x0:x1].mean() + 0.1))),
        names[1]: float(np.log((ring.mean() + 1) / (face.mean() + 1))),
        names[2]: float((np.abs(ring.astype(np.float32) - np.median(ring)) < 8).mean()),
        names[3]: float(lengths[-1]) if lengths else 0.0,
        names[4]: float(np.log1p(sum(length > 0.5 for length in lengths))),
    }
