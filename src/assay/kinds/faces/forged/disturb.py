"""What happens to pictures on their way, to a real face and its blended twin alike: cut, turned, recompressed, shrunk, blurred,
grained, recoloured. What a pair has in common cannot be learned from."""

from __future__ import annotations

import numpy as np

from assay.kinds.faces.forged.blend import recompressed
from assay.kinds.faces.forged.crops import MARGIN
from assay.vision.forged import SIDE


def disturbed(rng: np.random.Generator, crop: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A crop (uint8, crops.SIDE a side) and its mask as the network takes them: `SIDE` a side. The same state of `rng` does the same."""
    import cv2

    side = crop.shape[0]
    margin = rng.uniform(0.04, 0.22)
    scale = SIDE / (side / (1 + 2 * MARGIN) * (1 + 2 * margin))
    turn, shift = np.radians(rng.normal(0, 4)), rng.uniform(-0.04, 0.04, 2) * SIDE
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    affine = np.array([[cos, -sin, 0], [sin, cos, 0]])
    affine[:, 2] = SIDE / 2 + shift - affine[:, :2] @ [side / 2, side / 2]
    flags, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
    pixels = cv2.warpAffine(crop, affine, (SIDE, SIDE), flags=flags, borderMode=border)
    where = cv2.warpAffine(where, affine, (SIDE, SIDE), flags=flags)
    if rng.random() < 0.5:
        pixels, where = pixels[:, ::-1], where[:, ::-1]
    return sent(rng, coloured(rng, np.ascontiguousarray(pixels))), np.ascontiguousarray(where)


def coloured(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Brightness, contrast, gamma and tint changed a little; now and then grey."""
    import cv2

    ramp = np.arange(256, dtype=np.float32) / 255
    gain, level = rng.uniform(0.8, 1.2), rng.uniform(-0.1, 0.1)
    power = rng.uniform(0.8, 1.25)
    table = np.stack(
        [np.clip((ramp**power - 0.5) * gain + 0.5 + level + rng.uniform(-0.04, 0.04), 0, 1) for _ in range(3)], -1
    )
    out = cv2.LUT(pixels, (table * 255 + 0.5).astype(np.uint8)[None])
    if rng.random() < 0.08:
        grey = cv2.cvtColor(out, cv2.COLOR_RGB2GRAY)
        out = cv2.merge([grey, grey, grey])
    return np.asarray(out)


def sent(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """A square crop shrunk and grown again, blurred, grained and recompressed, each sometimes."""
    import cv2

    side = pixels.shape[0]
    if rng.random() < 0.3:
        small = int(side * rng.uniform(0.4, 0.9))
        down = (cv2.INTER_AREA, cv2.INTER_LINEAR)[rng.integers(2)]
        up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
        pixels = cv2.resize(cv2.resize(pixels, (small, small), interpolation=down), (side, side), interpolation=up)
    if rng.random() < 0.15:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.15:
        noise = rng.standard_normal((side, side, 1), np.float32) * rng.uniform(1, 7)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        pixels = recompressed(pixels, int(rng.integers(40, 101)))
    return np.asarray(pixels)
