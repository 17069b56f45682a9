"""Long lines of text on a page, however it lies: where a machine readable zone might be.

The text detector that comes with rapidocr (PP-OCRv6, differentiable binarisation: Liao et al. 2020) marks text of any
direction; its blobs are joined along their direction into strands. A strand bends as its page bends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay.formats.ocr import text_likelihood

_LONG_SIDE = 960  # pixels at which text is looked for
_INK = 0.3  # of the detector's map
_UNCLIP = 1.6  # the detector marks text shrunk by this much, see Liao et al.
MOST = 400  # blobs


@dataclass(frozen=True)
class Strand:
    """A line of text in pixels: from `start` along the unit vector `along` for `length`, its middle `bend` (a parabola's
    coefficients, highest first, over 0..length) off to the right of `along`; `height` of the text with its clearance."""

    start: tuple[float, float]
    along: tuple[float, float]
    length: float
    height: float
    bend: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def across(self) -> tuple[float, float]:
        return -self.along[1], self.along[0]

    def at(self, s: np.ndarray | float, off: np.ndarray | float = 0.0) -> np.ndarray:
        """Points float[..., 2] at distance `s` along, `off` across."""
        s, off = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(off, np.float64))
        off = off + np.polyval(np.array(self.bend), s)
        x = self.start[0] + self.along[0] * s + self.across[0] * off
        y = self.start[1] + self.along[1] * s + self.across[1] * off
        return np.stack([x, y], -1)

    @property
    def quad(self) -> np.ndarray:
        """Its corners float[4, 2]."""
        half = self.height / 2
        return np.concatenate([self.at(np.array([0, self.length]), -half), self.at(np.array([self.length, 0]), half)])

    def turned(self) -> Strand:
        """The same line read the other way."""
        a, b, c = self.bend
        end = self.at(self.length, -float(np.polyval(np.array(self.bend), self.length)))
        bend = (-a, 2 * a * self.length + b, -(a * self.length**2 + b * self.length + c))
        return Strand((float(end[0]), float(end[1])), (-self.along[0], -self.along[1]), self.length, self.height, bend)


def text_map(pixels: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """How likely text is, float32[h, w], and the pixels (x, y) of the page that one of its pixels is wide and high."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(height, width))
    w, h = (max(32, round(v * scale / 32) * 32) for v in (width, height))
    small = cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)
    return text_likelihood(small), (width / w, height / h)


def strands(pixels: np.ndarray, *, upwards: bool = False, least: float = 8.0) -> list[Strand]:
    """Lines of text at least `least` times as long as high, longest first. `pixels` is uint8[h, w, 3] RGB. The detector knows
    lines across a page better than lines up and down: `upwards` looks for those."""
    if min(pixels.shape[:2]) < 32:
        return []
    seen, (sx, sy) = text_map(np.ascontiguousarray(np.rot90(pixels)) if upwards else pixels)
    outlines = _outlines(seen, sx, sy)
    if upwards:
        outlines = [np.stack([pixels.shape[1] - points[:, 1], points[:, 0]], 1) for points in outlines]
    blobs = [_measure(points) for points in outlines]
    joined = _joined(blobs)
    found = [strand for points in joined if (strand := _strand(points)) is not None]
    return sorted((s for s in found if s.length >= least * s.height), key=lambda s: -s.length)


@dataclass
class _Blob:
    """Outline points float[n, 2] of one mark, its middle line's direction (radians, -pi/2..pi/2) and extents."""

    points: np.ndarray
    middle: np.ndarray
    angle: float
    length: float
    breadth: float


def _measure(points: np.ndarray) -> _Blob:
    import cv2

    (x, y), (a, b), degrees = cv2.minAreaRect(points.astype(np.float32))
    angle = math.radians(degrees if a >= b else degrees + 90)
    angle = (angle + math.pi / 2) % math.pi - math.pi / 2
    return _Blob(points, np.array([x, y]), angle, float(max(a, b)), float(max(1.0, min(a, b))))


def _outlines(seen: np.ndarray, sx: float, sy: float) -> list[np.ndarray]:
    import cv2

    outlines, _ = cv2.findContours((seen > _INK).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = sorted((o for o in outlines if len(o) >= 4), key=len, reverse=True)[:MOST]
    return [outline[:, 0].astype(np.float64) * (sx, sy) for outline in outlines]


def _joined(blobs: list[_Blob]) -> list[np.ndarray]:
    """Marks that continue each other, put together: fillers weaken a line, and it falls to pieces."""
    merged = True
    while merged:
        merged = False
        blobs.sort(key=lambda b: -b.length)
        for i, one in enumerate(blobs):
            if one.length < 3 * one.breadth:
                break
            along = np.array([math.cos(one.angle), math.sin(one.angle)])
            for j in range(i + 1, len(blobs)):
                other = blobs[j]
                if not 0.5 < other.breadth / one.breadth < 2.0:
                    continue
                apart = other.middle - one.middle
                gap = abs(float(apart @ along)) - (one.length + other.length) / 2
                wide = other.length > 3 * other.breadth and one.length > 6 * one.breadth
                if gap > (14 if wide else 4) * one.breadth or gap < -2 * one.breadth:
                    continue
                if abs(float(apart @ np.array([-along[1], along[0]]))) > 0.6 * one.breadth + 0.02 * (one.length + gap):
                    continue
                turn = abs((other.angle - one.angle + math.pi / 2) % math.pi - math.pi / 2)
                if other.length > 3 * other.breadth and turn > 0.08:
                    continue
                blobs[i] = _measure(np.concatenate([one.points, other.points]))
                del blobs[j]
                merged = True
                break
            if merged:
                break
    return [b.points for b in blobs]


def _strand(points: np.ndarray) -> Strand | None:
    """A strand through the outline of its marks."""
    blob = _measure(points)
    if blob.length < 4 * blob.breadth:
        return None
    along = np.array([math.cos(blob.angle), math.sin(blob.angle)])
    across = np.array([-along[1], along[0]])
    start = blob.middle - along * blob.length / 2
    s, off = (points - start) @ along, (points - start) @ across
    # The middle of the outline, bin by bin; a parabola through it.
    bins = np.clip((s / blob.length * 24).astype(int), 0, 23)
    places, middles, heights = [], [], []
    for k in range(24):
        here = off[bins == k]
        if len(here) >= 2:
            places.append((k + 0.5) / 24 * blob.length)
            middles.append((here.min() + here.max()) / 2)
            heights.append(here.max() - here.min())
    if len(places) < 4:
        return None
    bend = np.polyfit(places, middles, 2)
    breadth = max(2.0, float(np.median(heights)))
    # Undo the shrinking: distance = area * ratio / perimeter.
    out = breadth * blob.length * _UNCLIP / (2 * (breadth + blob.length))
    first = start - along * out
    bend = np.polyfit(np.array(places) + out, np.polyval(bend, places), 2)
    return Strand(
        (float(first[0]), float(first[1])), (float(along[0]), float(along[1])), blob.length + 2 * out,
        breadth + 2 * out, (float(bend[0]), float(bend[1]), float(bend[2])),
    )  # fmt: skip
