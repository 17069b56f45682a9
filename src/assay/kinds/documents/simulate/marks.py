"""Stamps and signatures, drawn: the same name gives the same stamp, and a signature of its own."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from random import Random

import numpy as np

_INK = (28, 42, 120)
_RED = (176, 32, 36)


def seeded(*parts: object) -> Random:
    """Random numbers that depend on the parts and on nothing else (Python's own hash of a text changes between runs)."""
    return Random(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest())  # noqa: S311


@lru_cache(maxsize=256)
def stamp(name: str, impression: str) -> np.ndarray:
    """A round stamp, uint8[280, 280, 4]: rings, a star or initials, uneven ink; its turn and wear are those of one impression."""
    import cv2

    rng, n = seeded("stamp", name), 280
    hand = seeded("impression", name, impression)
    ink = np.zeros((n, n), np.uint8)
    cv2.circle(ink, (140, 140), 130, 255, 5, cv2.LINE_AA)
    cv2.circle(ink, (140, 140), 92, 255, 2, cv2.LINE_AA)
    for i in range(24):  # lettering that nobody reads
        turn = 2 * np.pi * i / 24
        high = rng.uniform(8, 15)
        a, b = (140 + (111 + d) * np.array([np.cos(turn), np.sin(turn)]) for d in (-high, high))
        cv2.line(
            ink, tuple(a.astype(int).tolist()), tuple(b.astype(int).tolist()), 255, rng.choice((3, 4, 6)), cv2.LINE_AA
        )
    initials = "".join(c for c in name if c.isascii() and c.isupper())[:2] or "**"
    cv2.putText(ink, initials, (90, 165), cv2.FONT_HERSHEY_DUPLEX, 2.4, 255, 5, cv2.LINE_AA)
    noise = np.random.default_rng(hand.getrandbits(32)).random((14, 14)).astype(np.float32)
    wear = cv2.resize(noise, (n, n), interpolation=cv2.INTER_CUBIC)
    turned = cv2.warpAffine(ink, cv2.getRotationMatrix2D((140, 140), hand.uniform(-25, 25), 1), (n, n))
    return _inked(turned * np.clip(0.45 + wear, 0, 1) * 0.85, rng.choice((_RED, _INK)))


@lru_cache(maxsize=256)
def signature(name: str) -> np.ndarray:
    """A signature, uint8[120, 288, 4]: loops of a pen."""
    import cv2

    rng = seeded("signature", name)
    steps = rng.randint(7, 11)
    x = np.linspace(20, 268, steps) + np.array([rng.uniform(-16, 16) for _ in range(steps)])
    y = np.array([rng.uniform(18, 102) for _ in range(steps)])
    t = np.linspace(0, steps - 1, 400)
    curve = np.stack([_smooth(t, x), _smooth(t, y)], axis=1)
    ink = np.zeros((120, 288), np.uint8)
    cv2.polylines(ink, [np.round(curve * 8).astype(np.int32)], False, 255, 3, cv2.LINE_AA, 3)
    return _inked(ink * 0.9, (24, 26, 66))


def _smooth(t: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Catmull-Rom through the knots, so that a pen never turns on the spot."""
    padded = np.concatenate([knots[:1], knots, knots[-1:]])
    i = np.clip(t.astype(int), 0, len(knots) - 2)
    u = t - i
    a, b, c, d = (padded[i + k] for k in range(4))
    curve: np.ndarray = 0.5 * (
        2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3
    )
    return curve


def _inked(opacity: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    drawn = np.empty((*opacity.shape, 4), np.uint8)
    drawn[:, :, :3] = colour
    drawn[:, :, 3] = np.clip(opacity, 0, 255).astype(np.uint8)
    return drawn
