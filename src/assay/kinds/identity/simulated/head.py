"""A head by formula: an ellipsoid with a nose, the points of the face mesh on it, a pinhole camera, and skin with spots, drawn
as it turns; or the same as a flat picture. Nobody's face: no number here was taken from a person.

Lengths in metres, angles in degrees: yaw towards the picture's right (the person's left), pitch upwards, roll clockwise.
"""

from __future__ import annotations

from functools import cache

import numpy as np

WIDE, TALL, DEEP = 0.075, 0.11, 0.095  # half axes
NOSE = (0.0, 0.012, 0.024)  # middle x, y (down) and how far it stands out
AWAY = 0.55  # from the camera
WIDTH, HEIGHT, FOCAL = 360, 480, 430.0  # pixels
POINTS = 468
_EYE = 0.031  # from the middle to the middle of an eye
_OPEN, _LIPS = 0.0045, 0.0006  # half the height of an open eye, and of the gap between closed lips


def surface(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far the face stands out towards the camera, at x right and y down from its middle."""
    round_ = DEEP * np.sqrt(np.maximum(0.0, 1 - (x / WIDE) ** 2 - (y / TALL) ** 2))
    return np.asarray(round_ + NOSE[2] * np.exp(-(((x - NOSE[0]) / 0.012) ** 2) - ((y - NOSE[1]) / 0.02) ** 2))


def points(eyes: float = 1.0, mouth: float = 0.0) -> np.ndarray:
    """float64[468, 3] of the head looking ahead: x right, y down, z away from the camera. `eyes` 1 open to 0 shut; `mouth`: the
    gap between the lips in widths of the mouth."""
    flat = _places().copy()
    for side, (outer, up1, up2, inner, low1, low2) in ((-1, _RIGHT_EYE), (1, _LEFT_EYE)):
        middle, half = side * _EYE, 0.014
        flat[outer], flat[inner] = (middle + side * half, -0.022), (middle - side * half, -0.022)
        for upper, lower, at in ((up1, low2, side * half / 3), (up2, low1, -side * half / 3)):
            flat[upper] = middle + at, -0.022 - _OPEN * eyes
            flat[lower] = middle + at, -0.022 + _OPEN * eyes
    gap = _LIPS + 0.025 * mouth
    flat[13], flat[14], flat[78], flat[308] = (0, 0.05 - gap), (0, 0.05 + gap), (-0.025, 0.05), (0.025, 0.05)
    return np.column_stack([flat, -surface(flat[:, 0], flat[:, 1])])


# Rings as `assay.vision.mesh` has them: corner, upper lid twice, corner, lower lid twice; each here outer corner first.
_RIGHT_EYE, _LEFT_EYE = (33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373)
_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@cache
def _places() -> np.ndarray:
    """float64[468, 2]: where each point lies on the face, x right and y down; those without a meaning on a spiral."""
    k = np.arange(POINTS)
    radius, angle = 0.85 * np.sqrt((k + 0.5) / POINTS), k * np.pi * (3 - np.sqrt(5))
    flat = np.column_stack([WIDE * radius * np.cos(angle), TALL * radius * np.sin(angle)])
    turn = np.linspace(0, 2 * np.pi, len(_OVAL), endpoint=False)
    flat[list(_OVAL)] = 0.93 * np.column_stack([WIDE * np.sin(turn), -TALL * np.cos(turn)])
    flat[1] = NOSE[0], NOSE[1]
    flat[50], flat[280] = (-0.04, 0.015), (0.04, 0.015)
    return flat


def turned(yaw: float, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """float64[3, 3]: the head's turn as a matrix."""
    a, b, c = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def seen(
    shape: np.ndarray, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, *, flat: bool = False, shift: tuple[float, float] = (0, 0)
) -> np.ndarray:  # fmt: skip
    """float32[468, 3] in pixels, as the mesh gives them: `shape` turned and projected, or a flat picture of it. `shift` in
    metres."""
    there = shape * (1, 1, 0) if flat else shape
    there = there @ turned(yaw, pitch, roll).T + (*shift, AWAY)
    pixels = FOCAL * there[:, :2] / there[:, 2:] + (WIDTH / 2, HEIGHT / 2)
    z = (there[:, 2] - AWAY) * FOCAL / AWAY
    return np.column_stack([pixels, z]).astype(np.float32)


def drawn(yaw: float, pitch: float = 0.0, *, flat: bool = False, light: tuple[float, float, float] = (0.6, 0.45, 0.38), seed: int = 1, noise: float = 2.0) -> np.ndarray:  # fmt: skip
    """uint8[480, 360, 3]: spotted skin on the turned head before a wall, or the picture of it on a turned sheet."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    ray = np.stack([(columns - WIDTH / 2) / FOCAL, (rows - HEIGHT / 2) / FOCAL, np.ones_like(rows)], -1)
    back = turned(yaw, pitch).T
    # In the head's own frame: the camera stands at `eye`, rays go along `way`; where they meet the surface is found by steps.
    eye, way = -AWAY * back[:, 2], ray @ back.T
    depth = np.zeros_like(rows)
    for _ in range(1 if flat else 14):
        far = (depth - eye[2]) / way[..., 2]
        x, y = eye[0] + far * way[..., 0], eye[1] + far * way[..., 1]
        depth = depth if flat else 0.5 * (depth - surface(x, y))
    face = ((x / WIDE) ** 2 + (y / TALL) ** 2 < 1)[..., None]
    wall = _spots(seed + 1)[(rows / 3).astype(int) % 256, (columns / 3).astype(int) % 256]
    skin = _spots(seed)[(y * 2000).astype(int) % 256, (x * 2000).astype(int) % 256]
    picture = np.where(face, skin[..., None] * light, wall[..., None] * 0.4)
    grain = np.random.default_rng(int(abs(yaw) * 1000) + seed).normal(0, noise, picture.shape)
    return np.asarray(np.clip(255 * picture + grain, 0, 255).astype(np.uint8))


@cache
def _spots(seed: int) -> np.ndarray:
    """float64[256, 256] about 1, with spots of several sizes."""
    rng, out = np.random.default_rng(seed), np.zeros((256, 256))
    for size in (4, 8, 16):
        coarse = rng.normal(0, 1, (256 // size, 256 // size))
        out += np.kron(coarse, np.ones((size, size)))
    spread = np.lib.stride_tricks.sliding_window_view(np.pad(out, 2, mode="wrap"), (5, 5)).mean((2, 3))
    return np.asarray(np.clip(1 + 0.22 * spread, 0.2, 1.6))
