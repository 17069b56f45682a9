"""Sheets of pixels photographed or scanned: perspective, uneven light, shadow, blur, noise, a table underneath, JPEG.

A `Shot` is drawn from its random numbers once and can be taken again, so that a forged sheet is photographed exactly as the
genuine one, and it says where a place of the sheet lies in the picture.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

import numpy as np

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shot:
    """`corners` float32[4, 2]: where the sheet's corners lie in the picture of `size` (width, height), from the top left
    clockwise. `strength` 0 is a flat scan, 1 a poor photograph."""

    size: tuple[int, int]
    corners: np.ndarray
    strength: float
    quality: int
    seed: int
    flat: bool

    def matrix(self, high: int, wide: int) -> np.ndarray:
        """Homography from the sheet's pixels to the picture's."""
        import cv2

        here = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
        return np.asarray(cv2.getPerspectiveTransform(here, self.corners.astype(np.float32)))

    def box(self, sheet_box: Box, high: int, wide: int) -> Box:
        """Where a box of the sheet's pixels lies in the picture: the box around its corners."""
        x0, y0, x1, y1 = sheet_box
        points = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]], np.float64)
        moved = points @ self.matrix(high, wide).T
        xy = moved[:, :2] / moved[:, 2:]
        low, top = xy.min(axis=0), xy.max(axis=0)
        return float(low[0]), float(low[1]), float(top[0]), float(top[1])

    def take(self, sheet: np.ndarray) -> np.ndarray:
        """The picture of this sheet, uint8[height, width, 3] RGB, before it is compressed."""
        import cv2

        rng = np.random.default_rng(self.seed)
        high, wide = sheet.shape[:2]
        matrix = self.matrix(high, wide)
        # Warping down without a blur first would alias the print.
        ratio = float(np.hypot(*(self.corners[1] - self.corners[0]))) / wide
        soft = cv2.GaussianBlur(sheet, (0, 0), 0.45 / ratio) if ratio < 0.8 else sheet
        ground = _scanner(self.size) if self.flat else _table(rng, self.size)
        paper = cv2.warpPerspective(soft, matrix, self.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), matrix, self.size, flags=cv2.INTER_LINEAR)
        weight = mask[:, :, None].astype(np.float32) / 255
        lit = ground * (1 - weight) + paper.astype(np.float32) * weight
        lit = lit * _light(rng, self.size, self.strength)
        if self.strength > 0:
            lit = cv2.GaussianBlur(lit, (0, 0), 0.3 + 0.55 * self.strength * rng.random())
        grain = rng.normal(0, 0.8 + 4.0 * self.strength * rng.random(), lit.shape[:2]).astype(np.float32)
        return np.asarray(np.clip(lit + grain[:, :, None], 0, 255), np.uint8)


def photograph(rng: Random, high: int, wide: int, strength: float | None = None) -> Shot:
    """A photograph by hand of a sheet of this many pixels: rotated a little, in perspective, on a table."""
    strength = rng.uniform(0.15, 0.85) if strength is None else strength
    long = rng.randrange(1900, 2500) if max(high, wide) > 1500 else rng.randrange(1400, 1900)
    scale = long / max(high, wide)
    w, h = round(wide * scale * 1.14), round(high * scale * 1.10)
    inner = np.array([[0.06, 0.045], [0.94, 0.045], [0.94, 0.955], [0.06, 0.955]]) * (w, h)
    lean = strength * 0.035 * max(w, h)
    corners = inner + np.array([[rng.uniform(-lean, lean) for _ in range(2)] for _ in range(4)])
    turn = np.deg2rad(rng.uniform(-2.2, 2.2) * (0.4 + strength))
    centre = corners.mean(axis=0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = (corners - centre) @ rotation.T + centre
    quality = rng.choice((70, 78, 85, 90, 92, 95))
    return Shot((w, h), corners, strength, quality, rng.getrandbits(32), False)


def scan(rng: Random, high: int, wide: int) -> Shot:
    """A flat scan: turned by a fraction of a degree, even light, little noise."""
    turn = np.deg2rad(rng.uniform(-0.5, 0.5))
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64)
    centre = corners.mean(axis=0)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = (corners - centre) @ rotation.T + centre
    return Shot((wide, high), moved, 0.0, rng.choice((75, 80, 85, 90)), rng.getrandbits(32), True)


def jpeg(pixels: np.ndarray, quality: int, exif: bytes = b"", dpi: int = 72) -> bytes:
    """As a JPEG file, chroma halved both ways as cameras do."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2, dpi=(dpi, dpi), exif=exif)
    return file.getvalue()


def decoded(content: bytes) -> np.ndarray:
    """The pixels of a picture file, RGB."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def _scanner(size: tuple[int, int]) -> np.ndarray:
    return np.full((size[1], size[0], 3), 250, np.float32)


def _table(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A table top: plain, wooden or cloth."""
    import cv2

    w, h = size
    base = rng.uniform(45, 190) * np.array([1.0, rng.uniform(0.80, 1.0), rng.uniform(0.62, 1.05)])
    coarse = rng.normal(0, 1, (max(2, h // 90), max(2, w // 400 if rng.random() < 0.5 else w // 90))).astype(np.float32)
    grain = cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 1.2)
    return np.clip(base + (9 * grain + 7 * fine)[:, :, None], 0, 255).astype(np.float32)


def _light(rng: np.random.Generator, size: tuple[int, int], strength: float) -> np.ndarray:
    """float32[height, width, 3]: a slope of light, a colour cast, sometimes a soft shadow of hand or phone."""
    w, h = size
    if strength == 0:
        return np.float32(1.0)  # type: ignore[return-value]
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    slope = (x / w - 0.5) * np.cos(turn) + (y / h - 0.5) * np.sin(turn)
    light = 0.94 - 0.22 * strength * (slope + 0.5)
    if rng.random() < 0.6:
        angle, at = rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.45)
        edge = ((x / w - 0.5) * np.cos(angle) + (y / h - 0.5) * np.sin(angle) - at) * rng.uniform(6, 25)
        light *= 1 - 0.30 * strength / (1 + np.exp(-edge))
    cast = 1 + 0.05 * strength * np.array([rng.uniform(-0.3, 1), 0.0, rng.uniform(-1, 0.3)], np.float32)
    return np.asarray(light[:, :, None] * cast, np.float32)
