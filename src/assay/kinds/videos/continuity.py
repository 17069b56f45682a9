"""Where a film does not run on: cuts, jumps within a scene, frozen and repeated pictures, stretches that come again. Read from
sketches alone, so what is small in the picture is not seen. All of it has honest causes (editing, a slow line, a lower frame
rate made a higher one), and says where a person should look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kinds.videos.sketch import Sketches

CUT_LEVELS, CUT_TIMES = 18.0, 4.0  # difference from the frame before: in levels, and against its neighbours
JUMP_LEVELS, JUMP_TIMES = 5.0, 6.0
FROZEN_SECONDS = 1.0
LOOP_SECONDS = 1.0
LOOP_FRAMES = 10
LOOP_CLOSENESS = 0.35  # of what the picture moves in two frames: a gesture made again is not made so alike
LOOP_MOVES = 0.35  # levels a frame: below, nothing moves and everything looks alike
MAX_COMPARED = 3600  # frames held against each other


@dataclass(frozen=True)
class Again:
    """A stretch that comes again: from `first` and from `second` on, for `length` seconds; `backwards`: the other way round."""

    first: float
    second: float
    length: float
    backwards: bool


@dataclass(frozen=True)
class Continuity:
    """Times in seconds. `rate` frames a second as they are shown, `pictures` different ones of them; `steady` is the share of
    frames that come at the usual distance."""

    cuts: tuple[float, ...]
    jumps: tuple[float, ...]
    frozen: tuple[tuple[float, float], ...]
    again: tuple[Again, ...]
    rate: float
    pictures: float
    steady: float
    moves: float


def continuity(film: Sketches) -> Continuity:
    """Of all the frames that were decoded."""
    if len(film) < 3:
        return Continuity((), (), (), (), 0.0, 0.0, 1.0, 0.0)
    motion, repeated, joined = film.motion, film.repeated, film.joined
    steps = np.diff(film.at)[joined[1:]]
    step = float(np.median(steps)) if len(steps) else 0.0
    rate = 1 / step if step > 0 else 0.0
    cuts, jumps = _cuts(film, motion, repeated)
    alive = motion[joined & ~repeated]
    return Continuity(
        tuple(float(film.at[i]) for i in cuts),
        tuple(float(film.at[i]) for i in jumps),
        _frozen(film, repeated, motion),
        _again(film, motion, cuts),
        rate,
        rate * float((~repeated[joined]).mean()) if joined.any() else rate,
        float((np.abs(steps - step) < 0.25 * step).mean()) if step > 0 else 1.0,
        float(np.median(alive)) if len(alive) else 0.0,
    )


def _cuts(film: Sketches, motion: np.ndarray, repeated: np.ndarray) -> tuple[list[int], list[int]]:
    """Frames that begin another scene, and frames before which the same scene jumps."""
    cuts, jumps = [], []
    rows = np.flatnonzero(film.joined & ~repeated)
    for i in rows[motion[rows] > JUMP_LEVELS].tolist():
        near = [
            j for j in range(max(1, i - 12), min(len(film), i + 13)) if j != i and film.stretch[j] == film.stretch[i]
        ]
        usual = float(np.median(motion[near])) if near else 0.0
        peak = float(np.sort(motion[near])[-2]) if len(near) > 1 else usual  # one more cut nearby is let be
        if _returns(film, i + 1, i - 1, motion[i]) or _returns(film, i, i - 2, motion[i]):
            continue
        same = _same_scene(film.picture[i - 1], film.picture[i])
        if motion[i] > max(CUT_LEVELS, CUT_TIMES * usual) and not same:
            cuts.append(i)
        elif same and motion[i] > 2.5 * peak and _moved(film, i) > max(JUMP_LEVELS, JUMP_TIMES * usual):
            jumps.append(i)
    return cuts, jumps


def _returns(film: Sketches, late: int, early: int, step: float) -> bool:
    """Is the frame `late` much as the frame `early`, two before it? Then what lies between was a flash."""
    if early < 0 or late >= len(film) or film.stretch[early] != film.stretch[late]:
        return False
    return float(np.abs(film.picture[late].astype(np.int16) - film.picture[early]).mean()) < 0.6 * step


def _same_scene(a: np.ndarray, b: np.ndarray) -> bool:
    """Do half of the places stay as they are, or the light and dark of the whole?"""
    if (np.abs(a.astype(np.int16) - b).max(2) < 8).mean() >= 0.5:
        return True
    x, y = a.mean(2).ravel(), b.mean(2).ravel()
    if x.std() < 1 or y.std() < 1:
        return bool(abs(x.mean() - y.mean()) < 10)
    return bool(np.corrcoef(x, y)[0, 1] >= 0.75)


def _moved(film: Sketches, i: int) -> float:
    """Mean difference from the frame before, less what one gain and one offset for each colour explain: a camera that sets its
    light anew changes all places alike, and nothing has moved."""
    x, y = (film.picture[j].reshape(-1, 3).astype(np.float64) for j in (i - 1, i))
    x, y = x - x.mean(0), y - y.mean(0)
    gain = (x * y).sum(0) / np.maximum((x * x).sum(0), 1e-9)
    return float(np.abs(y - np.clip(gain, 0.5, 2.0) * x).mean())


def _frozen(film: Sketches, repeated: np.ndarray, motion: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Spans of one picture in a film that moves otherwise; a film of stills has none."""
    alive = motion[film.joined & ~repeated]
    if repeated.mean() > 0.5 or not len(alive) or np.median(alive) < LOOP_MOVES:
        return ()
    found = []
    for start, stop in _runs(repeated):
        begins, ends = float(film.at[max(0, start - 1)]), float(film.at[min(stop, len(film) - 1)])
        if ends - begins >= FROZEN_SECONDS:
            found.append((begins, ends))
    return tuple(found[:20])


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _again(film: Sketches, motion: np.ndarray, cuts: list[int]) -> tuple[Again, ...]:
    """Runs along the diagonals of the matrix of differences: each frame far closer to one elsewhere than to its own
    neighbours. Only moving pictures count, and only the longest run of each lag family is told."""
    rows = np.flatnonzero(motion >= LOOP_MOVES)
    if len(rows) < 2 * LOOP_FRAMES:
        return ()
    if len(rows) > MAX_COMPARED:
        rows = rows[np.linspace(0, len(rows) - 1, MAX_COMPARED).astype(int)]
    pictures = _compact(film.picture[rows])
    n = len(rows)
    # What the picture moves in two frames, as these descriptors see it; across a gap that is much, and nothing matches.
    reach = np.zeros(n, np.float32)
    reach[1:-1] = np.square(pictures[2:] - pictures[:-2]).sum(1)
    follows = np.zeros(n, bool)
    follows[1:] = (film.stretch[rows[1:]] == film.stretch[rows[:-1]]) & (np.diff(rows) <= 2)
    own = np.minimum(reach, np.median(reach[1:-1]) * 4) * LOOP_CLOSENESS**2
    square = np.square(pictures).sum(1)
    apart = square[:, None] + square[None, :] - 2 * pictures @ pictures.T
    same = apart < np.minimum(own[:, None], own[None, :])
    at = film.at[rows]
    step = float(np.median(np.diff(at)))
    least = max(LOOP_FRAMES, round(LOOP_SECONDS / step)) if step > 0 else LOOP_FRAMES
    found: list[tuple[int, int, int, bool]] = []
    for lag in range(least, n):
        found += [(i, i + lag, j - i, False) for i, j in _runs(np.diagonal(same, lag)) if j - i >= least]
    turned = same[:, ::-1]
    for lag in range(-n + 1, n):
        line = np.diagonal(turned, lag)
        first = max(0, -lag)
        for i, j in _runs(line):
            a, b = first + i, n - 1 - (i + max(0, lag))  # row, and the column it matches: falling as rows rise
            length = min(j - i, (b - a + 1) // 2)  # a run through the turning point is told once
            if length >= 2 * least:
                found.append((a, b - length + 1, length, True))
    found.sort(key=lambda one: -one[2])
    told: list[Again] = []
    taken = np.zeros(n, bool)
    for first, second, length, backwards in found:
        if not follows[first + 1 : first + length].all() or taken[second : second + length].mean() > 0.5:
            continue
        taken[second : second + length] = True
        told.append(Again(float(at[first]), float(at[second]), float(at[first + length - 1] - at[first]), backwards))
        if len(told) == 10:
            break
    return tuple(told)


def _compact(pictures: np.ndarray) -> np.ndarray:
    """float32[n, 768]: the sketch averaged to 16 by 16, which forgives coding noise."""
    n = len(pictures)
    return np.asarray(pictures.reshape(n, 16, 2, 16, 2, 3).mean((2, 4), dtype=np.float32).reshape(n, -1))


__all__ = ["Again", "Continuity", "continuity"]
