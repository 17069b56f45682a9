"""What befalls pictures on their way to us, as the bench and the stack use it: one pipeline for real and generated alike.

Every picture is first cut to a square at its native size and saved once more, so that neither size nor format nor the tables of
its file can tell the two apart; then, for the table of robustness, one more thing happens to it.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from assay.kinds.images.generated.aligned import resized, saved

SQUARE = 256  # pixels


def prepared(pixels: np.ndarray, rng: np.random.Generator, *, most: int = SQUARE) -> np.ndarray:
    """A square of at most `most` pixels a side, cut at random."""
    side = min(most, *pixels.shape[:2])
    y, x = (int(rng.integers(0, s - side + 1)) for s in pixels.shape[:2])
    return np.ascontiguousarray(pixels[y : y + side, x : x + side])


def _again(low: int, high: int) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    return lambda x, rng: saved(x, int(rng.integers(low, high + 1)))


def _shrunk(factor: float) -> Callable[[np.ndarray, np.random.Generator], np.ndarray]:
    return lambda x, rng: saved(resized(x, factor, cv2.INTER_AREA), int(rng.integers(80, 93)))


def _blurred(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return saved(np.asarray(cv2.GaussianBlur(x, (0, 0), 1.0)), int(rng.integers(80, 93)))


def _screenshot(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shown at a scale of its own by a browser, a bar at its top, taken as pixels and saved."""
    shown = resized(saved(x, 85), float(rng.uniform(1.05, 1.35)), cv2.INTER_LINEAR)
    return saved(shown[int(len(shown) * 0.03) :], 90, colour=True)


def _messenger(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scaled down and saved at a low quality, and sent on: saved again."""
    return saved(saved(resized(x, 0.75, cv2.INTER_AREA), int(rng.integers(65, 78))), int(rng.integers(65, 78)))


def _cropped(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return saved(prepared(saved(x, 85), rng, most=int(min(x.shape[:2]) * 0.6) // 8 * 8), 90)


def _any(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of the rest, by chance: what learning sees of the world's wear."""
    worn = [name for name in HANDLINGS if name not in ("whole", "clean", "worn")]
    return HANDLINGS[worn[int(rng.integers(len(worn)))]](x, rng)


HANDLINGS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "clean": _again(70, 95),
    "JPEG 95": _again(95, 95),
    "JPEG 75": _again(75, 75),
    "JPEG 50": _again(50, 50),
    "JPEG 30": _again(30, 30),
    "WebP 75": lambda x, rng: saved(x, 75, webp=True),
    "half size": _shrunk(0.5),
    "blur 1": _blurred,
    "screenshot": _screenshot,
    "messenger": _messenger,
    "crop": _cropped,
    "worn": _any,
    "whole": lambda x, rng: x,
}
TOLD = tuple(name for name in HANDLINGS if name != "worn")
"""What tables of robustness have a line for. `whole` is the picture as it came, neither cut nor saved again: what the product
sees, and what size and format may help to tell."""


__all__ = ["HANDLINGS", "SQUARE", "TOLD", "prepared"]
