"""Faces drawn in code, for benches and tests: shaded ovals with eyes, brows, nose and mouth. No picture of a person."""

from __future__ import annotations

import numpy as np


def drawn_face(side: int = 200, *, tint: tuple[int, int, int] = (205, 165, 140), grain: float = 3.0) -> np.ndarray:
    """uint8 (side, side, 3): a face in the middle, its outline about two thirds of the side."""
    import cv2

    fine = 640
    scale = fine / 200.0
    canvas = np.full((fine, fine, 3), (120, 135, 150), np.float32)

    def at(x: float, y: float) -> tuple[int, int]:
        return int(x * scale), int(y * scale)

    def oval(x: float, y: float, w: float, h: float, colour: tuple[float, ...], turn: float = 0.0) -> None:
        cv2.ellipse(canvas, at(x, y), at(w, h), turn, 0, 360, colour, -1, cv2.LINE_AA)

    skin = np.array(tint, np.float32)
    dark = tuple(float(v) for v in skin * 0.8)
    oval(100, 92, 62, 78, (50, 38, 30))  # hair
    oval(100, 170, 26, 40, dark)  # neck
    oval(38, 105, 8, 15, dark)
    oval(162, 105, 8, 15, dark)
    oval(100, 106, 55, 70, tuple(float(v) for v in skin))
    soft = cv2.GaussianBlur(canvas, (0, 0), 3.0 * scale)
    canvas = 0.5 * canvas + 0.5 * soft
    y, x = np.mgrid[0:fine, 0:fine] / scale
    light = 1.08 - 0.22 * ((x - 92) / 60) ** 2 - 0.10 * ((y - 95) / 70) ** 2
    canvas *= np.clip(light, 0.55, 1.1)[:, :, None]
    for eye in (76, 124):
        oval(eye, 94, 15, 9, tuple(float(v) for v in skin * 0.72))  # socket
        oval(eye, 95, 10.5, 5, (235, 232, 228))
        oval(eye, 95, 4.6, 4.8, (70, 50, 40))
        oval(eye, 95, 2.2, 2.2, (10, 10, 10))
        oval(eye + 1.5, 93.5, 0.9, 0.9, (250, 250, 250))
        cv2.ellipse(canvas, at(eye, 96), at(12, 8), 0, 195, 345, (45, 32, 28), int(1.6 * scale), cv2.LINE_AA)
        cv2.ellipse(canvas, at(eye, 92), at(16, 11), 0, 210, 330, (60, 45, 38), int(3.2 * scale), cv2.LINE_AA)
    cv2.line(canvas, at(105, 98), at(109, 124), dark, int(2.5 * scale), cv2.LINE_AA)
    oval(100, 122, 9, 7, tuple(float(v) for v in skin * 1.05))
    oval(94, 128, 3.2, 1.8, tuple(float(v) for v in skin * 0.45))
    oval(106, 128, 3.2, 1.8, tuple(float(v) for v in skin * 0.45))
    oval(100, 146, 20, 4.6, (165, 85, 82))
    oval(100, 151, 16, 5.0, (182, 98, 94))
    cv2.ellipse(canvas, at(100, 144), at(20, 4), 0, 10, 170, (90, 40, 40), int(1.3 * scale), cv2.LINE_AA)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.8 * scale)
    small = cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA if side < fine else cv2.INTER_CUBIC)
    noise = np.random.default_rng(7).normal(0, grain, small.shape)
    return np.asarray(np.clip(small + noise, 0, 255), np.uint8)


def placed(face: np.ndarray, width: int, height: int, x: int, y: int) -> np.ndarray:
    """The face with its top left corner at x, y in a larger plain picture."""
    out = np.full((height, width, 3), (120, 135, 150), np.uint8)
    out[y : y + face.shape[0], x : x + face.shape[1]] = face
    return out
