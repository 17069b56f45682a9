"""Signs of life in a face that is followed frame by frame: do the eyes blink or wander, does the skin show a heartbeat, does the
outline hold still against itself? Each is weak: people stare, compression hides the pulse, and good forgeries have all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from assay.kinds.videos.looks import Followed
from assay.vision.eyes import likeness

LEAST_SECONDS = 8.0
LEAST_RATE = 12.0
PULSE = (0.7, 4.0)  # heartbeats a second
_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
         148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 1, 4, 5, 6, 168, 195, 197)  # fmt: skip


class Life(NamedTuple):
    """`seconds` in which a face was followed without a gap, at `rate` frames a second. `stirs`: how often the eyes blinked or
    moved; `beat` heartbeats a minute, `clear` how far they stand out of the other frequencies in decibels, `swing` how much
    the skin's tone swings at any of them, as a share of its brightness; `light`: is the skin seen well enough for that;
    `jitter` per cent of the distance of the eyes."""

    seconds: float
    rate: float
    stirs: int
    beat: float
    clear: float
    swing: float
    light: bool
    jitter: float


def life(followed: Sequence[Followed]) -> Life | None:
    """Of the longest run without a gap; None where that is too short or too coarse."""
    run = longest(followed)
    if len(run) < 3:
        return None
    at = np.array([one.at for one in run])
    seconds = float(at[-1] - at[0])
    rate = (len(run) - 1) / seconds if seconds > 0 else 0.0
    if seconds < LEAST_SECONDS or rate < LEAST_RATE:
        return None
    skin = np.array([one.skin for one in run])
    return Life(seconds, rate, _stirs(run, rate), *pulse(at, skin), _light(skin), _jitter(run))


def longest(followed: Sequence[Followed]) -> list[Followed]:
    """The longest run in which the face was not lost."""
    best: list[Followed] = []
    run: list[Followed] = []
    for one in followed:
        if one.points is None or (run and one.at - run[-1].at > 0.25):
            run = []
        if one.points is not None:
            run.append(one)
        if len(run) > len(best):
            best = list(run)
    return best


def _stirs(run: Sequence[Followed], rate: float) -> int:
    """Times at which the eyes look unlike themselves: closed, or turned away; see `vision.eyes`."""
    like = likeness([one.eyes for one in run if one.eyes is not None])
    middle = float(np.median(like))
    unlike = like < middle - max(0.06, 5 * float(np.median(np.abs(like - middle))))
    begins = np.flatnonzero(unlike[1:] & ~unlike[:-1])
    return len(begins) if not len(begins) else 1 + int((np.diff(begins) > 0.2 * rate).sum())


def pulse(at: np.ndarray, skin: np.ndarray) -> tuple[float, float, float]:
    """Heartbeats a minute, how clear they are, how much the tone swings: by the plane orthogonal to the skin's tone (Wang et al.
    2017). at: float[n] seconds; skin: float[n, 3] RGB."""
    if not np.isfinite(skin).all() or skin.min() <= 1:
        return 0.0, 0.0, 0.0
    rate = 30.0
    even = np.arange(at[0], at[-1], 1 / rate)
    colour = np.stack([np.interp(even, at, skin[:, c]) for c in range(3)], axis=1)
    window = round(1.6 * rate)
    total = np.zeros(len(even))
    for start in range(len(even) - window + 1):
        part = colour[start : start + window] / colour[start : start + window].mean(0)
        s1, s2 = part[:, 1] - part[:, 2], part[:, 1] + part[:, 2] - 2 * part[:, 0]
        mixed = s1 + (s1.std() / (s2.std() + 1e-9)) * s2
        total[start : start + window] += (mixed - mixed.mean()) / window
    power = np.abs(np.fft.rfft(total * np.hanning(len(total)), 4096)) ** 2
    hertz = np.fft.rfftfreq(4096, 1 / rate)
    inside = (hertz >= PULSE[0]) & (hertz <= PULSE[1])
    peak = float(hertz[inside][np.argmax(power[inside])])
    near = inside & ((np.abs(hertz - peak) < 0.15) | (np.abs(hertz - 2 * peak) < 0.15))
    rest = power[inside & ~near].sum() + 1e-12
    share = power[inside].sum() / (power.sum() + 1e-12)
    return peak * 60, float(10 * np.log10(power[near].sum() / rest + 1e-9)), float(total.std() * np.sqrt(share))


def _light(skin: np.ndarray) -> bool:
    """Is the skin bright enough, not burnt out, and does its tone change at all from frame to frame? Coarse compression
    repeats it, and a pulse is gone with that."""
    if not np.isfinite(skin).all():
        return False
    middle = np.median(skin, axis=0)
    stands = (np.abs(np.diff(skin, axis=0)).max(1) < 0.01).mean()
    return bool(60 < middle[1] < 235 and middle[0] < 250 and stands < 0.1)


def _jitter(run: Sequence[Followed]) -> float:
    """Median distance of outline and nose from where the frames before and after, laid over this one, expect them."""
    points = np.stack([one.points[list(_OVAL), :2] for one in run if one.points is not None]).astype(np.float64)
    corners = np.stack([one.points[[33, 263], :2] for one in run if one.points is not None])
    eyes = float(np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1).mean())
    off = []
    for i in range(1, len(points) - 1):
        expected = (_laid(points[i - 1], points[i]) + _laid(points[i + 1], points[i])) / 2
        off.append(float(np.linalg.norm(points[i] - expected, axis=1).mean()))
    return 100 * float(np.median(off)) / max(eyes, 1e-6)


def _laid(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a moved, turned and scaled onto b as closely as that goes (least squares)."""
    x, y = a - a.mean(0), b - b.mean(0)
    square = max(float((x * x).sum()), 1e-9)
    cos, sin = float((x * y).sum()) / square, float((x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]).sum()) / square
    return np.asarray(x @ np.array([[cos, sin], [-sin, cos]]) + b.mean(0))


__all__ = ["Life", "life", "longest", "pulse"]
