"""Strips to learn from: single lines of a machine readable zone as a camera might see them, drawn from fonts.

Every strip is grey, `HEIGHT` pixels high, its letters about `CAP` pixels tall, as `lines.strip_of` cuts them from a page.
What varies is what varies in life: font, pitch, slant, curl, perspective, ink, security print behind it, light, blur,
motion, resolution, noise, JPEG.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
HEIGHT, CAP = 32, 20
_EM = 72  # pixels an em when a font's glyphs are drawn once
_SPACED = (0.98, 1.12)


@dataclass(frozen=True)
class Face:
    """A font's glyphs as ink masks float32[h, w] in 0..1 with a common baseline; `pitch` in capital heights."""

    masks: tuple[np.ndarray, ...]
    baseline: int
    cap: int
    pitch: float


def face(path: Path) -> Face:
    """The glyphs of a font file; every cell is as wide as the widest advance, as in a fixed-pitch font."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(path), _EM)
    width = int(max(font.getlength(c) for c in ALPHABET)) + 2
    top, baseline = _EM // 2, _EM // 2 + _EM
    masks = []
    for c in ALPHABET:
        image = Image.new("L", (width, 2 * _EM), 0)
        ImageDraw.Draw(image).text((width / 2, baseline), c, fill=255, font=font, anchor="ms")
        masks.append(np.asarray(image, np.float32) / 255)
    rows = np.flatnonzero(masks[ALPHABET.index("H")].max(axis=1) > 0.5)
    cap = int(rows[-1] - rows[0] + 1)
    return Face(tuple(m[top // 2 :] for m in masks), baseline - top // 2, cap, width / cap)


def text(rng: np.random.Generator, length: int) -> str:
    """Characters as zones have them: anything, digits, names between fillers, runs of fillers."""
    out = ""
    while len(out) < length:
        style, n = rng.random(), int(rng.integers(2, 10))
        if style < 0.45:
            out += "".join(rng.choice(list(ALPHABET[:36]), n))
        elif style < 0.65:
            out += "".join(rng.choice(list(ALPHABET[:10]), n))
        elif style < 0.82:
            out += "".join(rng.choice(list(ALPHABET[10:36]), n)) + "<" * int(rng.integers(1, 3))
        else:
            out += "<" * int(rng.integers(1, 14))
    return out[:length]


def strip(rng: np.random.Generator, faces: Sequence[Face], length: int, width: int) -> tuple[np.ndarray, str]:
    """A strip uint8[HEIGHT, width] and what it says. The text stands anywhere in it, whole, with room at the ends."""
    import cv2

    said = text(rng, length)
    drawn = faces[int(rng.integers(len(faces)))]
    pitch = drawn.pitch * drawn.cap * rng.uniform(*_SPACED)
    gap = drawn.cap * rng.uniform(1.75, 2.8)  # between baselines
    ink = _lines(rng, drawn, said, pitch, gap)
    room = ink.shape[1] - pitch * length  # margins left and right together
    x0, x1 = room / 2 - pitch * rng.uniform(0.1, 1.2), ink.shape[1] - room / 2 + pitch * rng.uniform(0.1, 1.2)
    tall = drawn.cap * HEIGHT / rng.uniform(CAP - 3.5, CAP + 3.5)
    middle = ink.shape[0] / 2 + drawn.cap * rng.normal(0, 0.06)
    # What ends as the strip: a quadrangle of the drawing, a little turned, slanted and in perspective.
    corners = np.array([[x0, -1], [x1, -1], [x1, 1], [x0, 1]], np.float32)
    corners[:, 1] = middle + corners[:, 1] * tall / 2 * np.array([1, (s := rng.normal(1, 0.05)), s, 1])
    corners[:, 1] += (corners[:, 0] - ink.shape[1] / 2) / max(1, x1 - x0) * drawn.cap * rng.normal(0, 0.16)
    slant = tall * rng.normal(0, 0.06)
    corners[:2, 0] += slant
    corners[2:, 0] -= slant
    # The width at which the letters keep their shape, within what CTC and the strip allow.
    natural = (x1 - x0) * HEIGHT / tall * rng.uniform(0.82, 1.22)
    across = int(min(width, max(natural, 13 * (length + 1))))
    left = int(rng.integers(0, width - across + 1))
    target = np.array([[left, 0], [left + across, 0], [left + across, HEIGHT], [left, HEIGHT]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    inked = cv2.warpPerspective(ink, matrix, (width, HEIGHT), flags=cv2.INTER_AREA)
    if rng.random() < 0.4:
        inked = _curl(rng, inked)
    return _seen(rng, inked), said


def _lines(rng: np.random.Generator, drawn: Face, said: str, pitch: float, gap: float) -> np.ndarray:
    """The line with its neighbours above and below, if any, as ink float32[h, w]."""
    margin = pitch * 3
    height, width = int(gap * 3 + drawn.cap), int(pitch * len(said) + 2 * margin)
    ink = np.zeros((height, width), np.float32)
    middle = height / 2 + drawn.cap / 2
    neighbours = rng.integers(0, 4)
    rows = [(said, middle)]
    rows += [(text(rng, len(said)), middle - gap)] if neighbours & 1 else []
    rows += [(text(rng, len(said)), middle + gap)] if neighbours & 2 else []
    for row, baseline in rows:
        top = int(baseline - drawn.baseline)
        for i, c in enumerate(row):
            mask = drawn.masks[ALPHABET.index(c)]
            x = int(margin + pitch * i + (pitch - mask.shape[1]) / 2)
            y0, y1 = max(0, top), min(height, top + mask.shape[0])
            if y1 > y0:
                part = ink[y0:y1, x : x + mask.shape[1]]
                np.maximum(part, mask[y0 - top : y1 - top, : part.shape[1]], out=part)
    return ink


def _curl(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """A page that does not lie flat."""
    import cv2

    height, width = ink.shape
    x = np.arange(width, dtype=np.float32)
    wave = rng.uniform(0, 1.3) * np.sin(2 * np.pi * (x / width * rng.uniform(0.3, 1.2) + rng.random()))
    stretch = rng.uniform(0, 4) * np.sin(np.pi * x / width)
    map_x = np.broadcast_to((x + stretch).astype(np.float32), (height, width))
    map_y = (np.arange(height, dtype=np.float32)[:, None] + wave).astype(np.float32)
    return cv2.remap(ink, np.ascontiguousarray(map_x), map_y, cv2.INTER_LINEAR)


def _seen(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """Ink on a printed ground as a scanner or a camera gives it, uint8 like `ink`."""
    import cv2

    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    ground = np.full(ink.shape, rng.uniform(0.45, 1.0), np.float32)
    for _ in range(int(rng.integers(0, 4))):  # guilloche
        angle, wavelength = rng.uniform(0, np.pi), rng.uniform(2.5, 30)
        phase = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / wavelength + 2 * np.sin(x / rng.uniform(8, 60))
        wave = np.sin(phase + rng.uniform(0, 6))
        ground += rng.uniform(0, 0.09) * (np.sign(wave) * (np.abs(wave) > 0.7) if rng.random() < 0.4 else wave)
    if rng.random() < 0.5:
        ground += rng.uniform(0, 0.15) * cv2.GaussianBlur(rng.normal(0, 1, ink.shape).astype(np.float32), (0, 0), 6) * 6
    if rng.random() < 0.5:  # a thicker or thinner stroke
        k = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 1.0))
        ink = np.clip((k - rng.uniform(0.25, 0.52)) * 6 + 0.5, 0, 1)
    black = float(ground.mean()) * rng.uniform(0.02, 0.62)
    image = ground * (1 - ink) + black * ink
    light = 1 + rng.normal(0, 0.15) * (x / width - 0.5) + rng.normal(0, 0.1) * (y / height - 0.5)
    if rng.random() < 0.15:  # a shadow's edge
        light *= 1 - rng.uniform(0, 0.45) * (0.5 + 0.5 * np.tanh((x - rng.uniform(0, width)) / rng.uniform(1, 12)))
    if rng.random() < 0.15:  # glare
        light += rng.uniform(0, 0.5) * np.exp(-(((x - rng.uniform(0, width)) / rng.uniform(10, 60)) ** 2))
    image = image * light * rng.uniform(0.35, 1.05)
    if rng.random() < 0.75:
        image = cv2.GaussianBlur(image, (0, 0), abs(rng.normal(0, 1.0)) + 0.2)
    if rng.random() < 0.25:
        kernel = np.zeros((7, 7), np.float32)
        dx, dy = rng.uniform(-2.6, 2.6, 2)
        cv2.line(kernel, (round(3 - dx), round(3 - dy)), (round(3 + dx), round(3 + dy)), 1.0)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
    if rng.random() < 0.6:  # few pixels
        share = rng.uniform(0.38, 1.0)
        small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        small = small + rng.normal(0, rng.uniform(0, 0.04), small.shape).astype(np.float32)
        how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(2))]
        image = cv2.resize(small, (width, height), interpolation=how)
    image = image + rng.normal(0, abs(rng.normal(0, 0.03)), ink.shape).astype(np.float32)
    out: np.ndarray = np.clip(image * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        _, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(22, 96))])
        out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return out
