"""Drawn people for tests: two of them whom the network tells apart, as pictures, papers and frames. No picture of a person."""

from __future__ import annotations

import io
from functools import cache

import numpy as np

from tests.vision.drawn import drawn_face, placed


@cache
def one(side: int = 400) -> np.ndarray:
    """uint8 (side, side, 3)."""
    return drawn_face(side)


@cache
def other(side: int = 400) -> np.ndarray:
    """Somebody else: darker, wider, with fair hair and a beard."""
    import cv2

    face = drawn_face(400, tint=(90, 60, 45)).copy()
    cv2.ellipse(face, (200, 320), (80, 56), 0, 0, 360, (22, 16, 12), -1)
    cv2.ellipse(face, (200, 298), (44, 12), 0, 0, 360, (120, 60, 60), -1)
    cv2.ellipse(face, (200, 110), (115, 62), 0, 180, 360, (230, 200, 90), -1)
    return np.asarray(cv2.resize(face, (side * 13 // 10, side), interpolation=cv2.INTER_AREA))


def png(pixels: np.ndarray) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", pixels[:, :, ::-1])[1])


def jpeg(pixels: np.ndarray, quality: int = 85) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def paper(face: np.ndarray) -> np.ndarray:
    """A card with a portrait on its left and lines of text on its right."""
    import cv2

    small = cv2.resize(face, (int(180 * face.shape[1] / face.shape[0]), 180), interpolation=cv2.INTER_AREA)
    card = placed(small, 640, 400, 40, 120)
    for row in range(8):
        cv2.line(card, (300, 120 + 30 * row), (590 - 20 * (row % 3), 120 + 30 * row), (60, 60, 70), 3)
    return card


def pdf(pixels: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PDF")
    return out.getvalue()
