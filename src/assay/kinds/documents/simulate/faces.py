"""Portraits of nobody, drawn: a head with shading, hair, eyes, nose and mouth over shoulders. Faces of a seed are alike only
to themselves, so that a swapped portrait differs from its ghost."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from assay.kinds.documents.simulate.marks import seeded

_SKINS = ((232, 196, 170), (214, 168, 134), (176, 124, 88), (128, 84, 58), (240, 210, 188), (198, 148, 112))
_HAIR = ((36, 26, 20), (70, 46, 28), (128, 92, 52), (20, 20, 22), (150, 142, 134), (96, 40, 24))


@lru_cache(maxsize=64)
def portrait(seed: str) -> np.ndarray:
    """uint8[480, 384, 3] RGB."""
    import cv2

    rng = seeded("face", seed)
    noise = np.random.default_rng(rng.getrandbits(32))
    high, wide = 480, 384
    skin = np.array(rng.choice(_SKINS), np.float32)
    hair, cloth = rng.choice(_HAIR), tuple(rng.randrange(30, 150) for _ in range(3))
    ground = rng.uniform(198, 236)
    drawn = np.full((high, wide, 3), ground, np.float32) + np.linspace(8, -14, high, dtype=np.float32)[:, None, None]
    cx, cy = 192 + rng.uniform(-6, 6), 215 + rng.uniform(-8, 8)
    a, b = rng.uniform(76, 96), rng.uniform(106, 126)

    def ellipse(x: float, y: float, rx: float, ry: float, colour: object, blur: float = 1.5, amount: float = 1.0) -> None:  # fmt: skip
        mask = np.zeros((high, wide), np.uint8)
        cv2.ellipse(mask, (round(x * 16), round(y * 16)), (round(rx * 16), round(ry * 16)), 0, 0, 360, 255, -1, cv2.LINE_AA, 4)  # fmt: skip
        weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), blur)[:, :, None] * amount
        drawn[:] = drawn * (1 - weight) + np.asarray(colour, np.float32) * weight

    long = rng.random() < 0.5
    ellipse(cx, cy - 14, a + 24, b + (64 if long else 20), hair, 3)
    ellipse(cx, 500, rng.uniform(150, 180), rng.uniform(118, 140), cloth, 3)
    ellipse(cx, cy + b + 26, a * 0.5, 70, skin * 0.86, 4)
    ellipse(cx - a, cy + 8, 15, 28, skin * 0.88, 2)
    ellipse(cx + a, cy + 8, 15, 28, skin * 0.88, 2)
    ellipse(cx, cy, a, b, skin, 2)
    light = rng.choice((-1, 1))
    ellipse(cx + light * a * 0.5, cy + 20, a * 0.5, b * 0.75, skin * 0.80, 26, 0.6)
    ellipse(cx - light * a * 0.3, cy - 30, a * 0.5, b * 0.45, np.minimum(skin * 1.10, 255), 24, 0.6)
    ellipse(cx, cy - b * 0.86, a * rng.uniform(0.82, 1.0), b * rng.uniform(0.28, 0.42), hair, 5)
    apart, level = a * rng.uniform(0.40, 0.48), cy - b * rng.uniform(0.06, 0.14)
    iris = rng.choice(((70, 46, 30), (50, 84, 110), (70, 96, 62), (34, 26, 22)))
    brow = rng.uniform(22, 32)
    for side in (-1, 1):
        x = cx + side * apart
        ellipse(x, level, 25, 15, skin * 0.78, 6, 0.8)
        ellipse(x, level, 18, 8.5, (246, 244, 240), 1.2)
        ellipse(x, level, 8, 8, iris, 1)
        ellipse(x, level, 3.6, 3.6, (12, 10, 10), 0.8)
        ellipse(x - 2, level - 3, 1.6, 1.6, (255, 255, 255), 0.6)
        ellipse(x, level - 9, 20, 2.6, skin * 0.45, 1.2)
        ellipse(x, level - brow, 25, rng.uniform(3, 6), hair, 2)
    nose, mouth = cy + b * rng.uniform(0.26, 0.34), cy + b * rng.uniform(0.54, 0.62)
    ellipse(cx + light * 6, (level + nose) / 2, 8, (nose - level) / 2, skin * 0.82, 6, 0.7)
    ellipse(cx, nose, rng.uniform(17, 24), 11, skin * 0.86, 4, 0.9)
    for side in (-1, 1):
        ellipse(cx + side * 9, nose + 6, 5, 3, skin * 0.42, 1.6)
    lips = skin * np.array([0.80, 0.52, 0.50], np.float32)
    wide_lips = rng.uniform(30, 42)
    ellipse(cx, mouth, wide_lips, rng.uniform(8, 12), lips, 2.4)
    ellipse(cx, mouth, wide_lips, 1.6, lips * 0.5, 1.0)
    ellipse(cx, mouth + 28, 26, 6, skin * 0.84, 7, 0.7)
    if rng.random() < 0.25:
        for side in (-1, 1):
            cv2.ellipse(drawn, (round(cx + side * apart), round(level)), (31, 24), 0, 0, 360, (30, 30, 34), 4, cv2.LINE_AA)  # fmt: skip
        cv2.line(drawn, (round(cx - 14), round(level)), (round(cx + 14), round(level)), (30, 30, 34), 4, cv2.LINE_AA)
    grain = cv2.GaussianBlur(noise.normal(0, 9, (high, wide, 1)).astype(np.float32), (0, 0), 0.9).reshape(high, wide, 1)
    return np.asarray(np.clip(drawn + grain, 0, 255), np.uint8)


def ghost(face: np.ndarray) -> np.ndarray:
    """The small pale second portrait of a card, uint8[height, width, 4]: grey, fading to the rim."""
    high, wide = face.shape[:2]
    grey = face.mean(axis=2, keepdims=True).repeat(3, axis=2)
    y, x = np.mgrid[0:high, 0:wide]
    far = np.hypot((x - wide / 2) / (wide / 2), (y - high / 2) / (high / 2))
    opacity = np.clip(1.15 - far, 0, 1)[:, :, None] * 150
    return np.concatenate([grey, opacity], axis=2).astype(np.uint8)
