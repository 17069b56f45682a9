"""How straight a film runs, after ReStraV (arXiv 2507.00583): steps between frames as vectors, their lengths and the angles
between one step and the next. Films of cameras turn less than many generated ones do.

The paper's descriptors are those of a large network; ours are the edges of the sketch, so this is a weak cue. Repeated frames
are left out, frames are taken about twelve a second, and no angle reaches over a cut or a gap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assay.kinds.videos.sketch import Sketches

RATE = 12.0  # frames a second that are compared
LEAST = 16  # angles
MOVES = 1.2  # levels a step, below which angles are those of noise: 120 degrees for noise alone


class Curvature(NamedTuple):
    """Angles in degrees: their mean and spread over `n` of them; `lengths` the mean step in levels of edges, `uneven` its
    spread over its mean; `rate` frames a second that were compared."""

    n: int
    angle: float
    spread: float
    length: float
    uneven: float
    rate: float


def curvature(film: Sketches, cuts: tuple[float, ...]) -> Curvature | None:
    """None where too little moves to say."""
    kept = np.flatnonzero(~film.repeated)
    if len(kept) < LEAST:
        return None
    steps = np.diff(film.at[kept])[film.stretch[kept[1:]] == film.stretch[kept[:-1]]]
    if not len(steps):
        return None
    kept = kept[:: max(1, round(1 / RATE / float(np.median(steps))))]
    at, stretch = film.at[kept], film.stretch[kept]
    scene = stretch * 10_000 + np.searchsorted(np.array(cuts), at, "right")
    step = float(np.median(np.diff(at)))
    follows = (scene[1:] == scene[:-1]) & (np.diff(at) < 1.8 * step)
    edges = _edges(film.picture[kept])
    moved = np.diff(edges, axis=0)
    length = np.linalg.norm(moved, axis=1)
    pairs = follows[1:] & follows[:-1] & (length[1:] > 0) & (length[:-1] > 0)
    if pairs.sum() < LEAST:
        return None
    turn = (moved[1:] * moved[:-1]).sum(1)[pairs] / (length[1:] * length[:-1])[pairs]
    angle = np.degrees(np.arccos(np.clip(turn, -1, 1)))
    levels = length[follows] / np.sqrt(edges.shape[1])
    if levels.mean() < MOVES:
        return None
    return Curvature(
        int(pairs.sum()), float(angle.mean()), float(angle.std()), float(levels.mean()),
        float(levels.std() / levels.mean()), 1 / step,
    )  # fmt: skip


def _edges(pictures: np.ndarray) -> np.ndarray:
    """float32[n, 1922]: differences of neighbours in both directions."""
    grey = pictures.mean(3, dtype=np.float32)
    across, down = np.diff(grey, axis=2)[:, :-1], np.diff(grey, axis=1)[:, :, :-1]
    return np.concatenate([across.reshape(len(grey), -1), down.reshape(len(grey), -1)], axis=1)


__all__ = ["Curvature", "curvature"]
