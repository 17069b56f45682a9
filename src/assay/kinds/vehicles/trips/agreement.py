"""How well what satellites claim agrees with what inertia felt: numbers of each window of a minute, and of a whole trip.

Every number is a misfit between two instruments measured against how precise they are, or the size of one motion as the
other sees it; none is a habit of one driver or road, so that what was learnt on one car holds on another. Where there was
nothing to compare (no turning, no braking) numbers are NaN, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.kinds.vehicles.trips.motion import Motion, high_passed

WINDOW, STEP = 60, 30  # seconds
STRETCH = 300  # seconds over which a trip is judged
MOST_WINDOWS = 1200
LEAST = 30  # seconds of a window that must be known
MOST_LAG = 45  # seconds either way
DRIVEN = 0.4  # m/s2 of forward push from which a second is told of speeding up or slowing down
SQUAT = 0.06  # a car leans back as it speeds up, and the recorder with it: so much more is felt (natural logarithm)
UNSURE = 0.08  # by which that differs from car to car and drive to drive
STILL = 0.35  # of the usual shaking while moving, below which a car stands
NAMES = (
    "turn", "push", "side", "turn_share", "push_share", "lag", "later", "scale", "still", "frozen", "brisk", "step", "bend",
    "said", "smooth", "clock",
)  # fmt: skip
_TURN, _PUSH = 0.3, 0.25  # what instruments of this class differ by at best: degrees a second, m/s2
_OVER = 12  # seconds
_GYRO = 0.03  # share of a turn that an inexpensive gyroscope may be wrong by
_NOISE = 0.02  # m/s: half of the quietest receiver's third differences seen
_DOPPLER = 4.0  # degrees a second of course at 1 m/s: a tenth of a metre a second across the way


@dataclass(frozen=True)
class Windows:
    """`start` second of each window; `values` float64[n, len(NAMES)]; `moving` the share of it in which anything moved."""

    start: np.ndarray
    values: np.ndarray
    moving: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    def column(self, name: str) -> np.ndarray:
        return self.values[:, NAMES.index(name)]


@dataclass(frozen=True)
class Compared:
    """Second by second, both sides of each comparison, in one frame: turning (degrees a second), forward and leftward push
    (m/s2, slopes taken off), where `claimed_side` is speed times turning; `mounted` the recorder's angle, radians."""

    motion: Motion
    felt_push: np.ndarray
    felt_side: np.ndarray
    claimed_push: np.ndarray
    claimed_side: np.ndarray
    mounted: float

    @cached_property
    def still(self) -> np.ndarray:
        """bool: seconds in which inertia says that the car stands; see `standing`."""
        return standing(self.motion)

    @cached_property
    def moves(self) -> np.ndarray:
        """bool: seconds in which inertia alone says that the car drives; see `moving`."""
        return moving(self)


def compare(motion: Motion) -> Compared:
    """Which way is forward: the one turn of the horizontal plane that best fits forward push as claimed and sideways push as
    speed times turning (which is felt, not claimed)."""
    force = high_passed(motion.force.real) + 1j * high_passed(motion.force.imag)
    claimed = high_passed(motion.push) - 1j * high_passed(np.radians(motion.yaw) * motion.speed)
    known = np.isfinite(force) & np.isfinite(claimed)
    if known.sum() < LEAST:
        nothing = np.full(len(motion.time), np.nan)
        return Compared(motion, nothing, nothing, nothing, nothing, 0.0)
    mounted = float(np.angle(np.vdot(force[known], claimed[known])))
    felt = force * np.exp(1j * mounted)
    return Compared(motion, felt.real, felt.imag, claimed.real, claimed.imag, mounted)


def scale_of(claimed: np.ndarray, felt: np.ndarray) -> tuple[float, float]:
    """How many times the forward push that is claimed was felt, and its standard error: over seconds in which either says
    that the car sped up or slowed down. Curves do not tell: roads are banked. NaN where there were too few."""
    known = np.isfinite(claimed) & np.isfinite(felt)
    a, b = claimed[known], felt[known]
    driven = np.maximum(np.abs(a), np.abs(b)) > DRIVEN
    a, b = a[driven], b[driven]
    if len(a) < 8 or float(a @ a) < 1e-9:
        return np.nan, np.nan
    scale = float(a @ b / (a @ a))
    rest = b - scale * a
    # Neighbouring seconds share both an event and its slope: a quarter of them count as independent.
    error = float(np.sqrt(np.sum((a * rest) ** 2)) / (a @ a)) * 2.0
    return scale, error


def windows(c: Compared, length: int = WINDOW, step: int = STEP) -> Windows:
    """One row for each `step` seconds (more where that would be above `MOST_WINDOWS`) in which at least half a minute is known; of
    a trip shorter than `length`, one."""
    m = c.motion
    step = max(step, len(m.time) // MOST_WINDOWS)
    moves = c.moves
    last = max(len(m.time) - length, 0)
    starts = [s for s in range(0, last + 1, step) if np.isfinite(m.speed[s : s + length]).sum() >= LEAST]
    rows = [row(c, slice(s, s + length)) for s in starts]
    with np.errstate(invalid="ignore"):
        going = [float(np.mean((m.speed[s : s + length] > 1.0) | moves[s : s + length])) for s in starts]
    return Windows(np.array(starts, np.float64), np.array(rows, np.float64).reshape(-1, len(NAMES)), np.array(going))


def moving(c: Compared) -> np.ndarray:
    """bool: seconds in which inertia alone says that the car drives: it turns or is pushed, and so it is for at least ten of the
    hundred seconds around. Doors, passengers and a rough idle shake a parked car too, but do not turn it."""
    with np.errstate(invalid="ignore"):
        driven = (np.abs(c.motion.yaw) > 3) | (np.hypot(c.felt_push, c.felt_side) > 0.6)
    often = (
        np.convolve(driven, np.ones(101), "same")[: len(driven)]
        if len(driven) >= 101
        else np.full(len(driven), driven.sum())
    )
    return np.asarray(driven & (often >= 10))


def still_level(m: Motion) -> float:
    """Specific force's spread below which the car stands: a share of what is usual while it moves. NaN where nothing tells."""
    known = m.shake[np.isfinite(m.shake)]
    return float(STILL * np.median(known)) if len(known) >= 60 else np.nan


def standing(m: Motion) -> np.ndarray:
    """bool: the engine may idle, the road does not: spread low for three seconds, and no turning."""
    level = still_level(m)
    with np.errstate(invalid="ignore"):
        quiet = (m.shake < level) & (np.abs(m.yaw) < 1.0)
    return np.asarray(np.convolve(quiet, np.ones(3), "same") > 2.5)


def row(c: Compared, inside: slice) -> list[float]:
    """The numbers of `NAMES` for some seconds."""
    m = c.motion
    still, moves = c.still[inside], c.moves[inside]
    v, turn, yaw = m.speed[inside], m.turn[inside], m.yaw[inside]
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = np.hypot(_TURN, _DOPPLER / np.maximum(v, 0.5))
        turns, push = (turn - yaw) / noise, (c.claimed_push[inside] - c.felt_push[inside]) / _PUSH
        side = (c.claimed_side[inside] - c.felt_side[inside]) / _PUSH
        # Of speeds made of places the noise alone makes what is claimed too large.
        scale, error = scale_of(c.claimed_push[inside], c.felt_push[inside]) if m.reported[0] else (np.nan, np.nan)
        gained, lag = _best_lag(c, inside)
        said = m.said[inside]
        apart = np.abs(said - v)
    return [
        _size(turns), _size(push), _size(side),
        _share(turn / noise, yaw / noise), _share(c.claimed_push[inside] / _PUSH, c.felt_push[inside] / _PUSH),
        gained, lag, departure(scale, error),
        _mean((v > 1.0)[still], 5), _mean((v < 0.3)[moves], 10), _brisk(c, inside) if moves.sum() >= 10 or np.nanmean(v) > 1 else np.nan,
        _steps(m, inside), _bend(m, inside), _mean(apart[np.isfinite(apart)], 10), _smooth(m, inside), _clock(m, inside),
    ]  # fmt: skip


def _size(values: np.ndarray) -> float:
    """log of the root mean square, each value cut at ten times what is expected."""
    known = values[np.isfinite(values)]
    return float(np.log(0.3 + np.sqrt(np.mean(np.minimum(np.abs(known), 10.0) ** 2)))) if len(known) >= 15 else np.nan


def _share(a: np.ndarray, b: np.ndarray) -> float:
    """The share of both motions that is not common to them: 0 the same, .5 unrelated, 1 opposite; NaN where both are quiet."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    whole = float(np.sum(a**2) + np.sum(b**2))
    return float(np.sum((a - b) ** 2) / (2 * whole)) if known.sum() >= 15 and whole > 4 * known.sum() else np.nan


def departure(scale: float, error: float) -> float:
    """By how many standard errors a scale departs from what is usual, with its sign; NaN where it is not known."""
    if not np.isfinite(scale + error):
        return np.nan
    size = max(scale, 0.05)
    return float((np.log(size) - SQUAT) / np.hypot(UNSURE, error / size))


def _best_lag(c: Compared, inside: slice) -> tuple[float, float]:
    """How much better (log of the ratio of squares) the claim fits inertia some seconds earlier or later, at least three; and
    how many seconds."""
    m = c.motion
    start, stop = inside.start, min(inside.stop, len(m.time))
    noise = np.hypot(_TURN, _DOPPLER / np.maximum(np.nan_to_num(m.speed[start:stop]), 0.5))
    claims = np.stack([np.nan_to_num(m.turn[start:stop]) / noise, np.nan_to_num(c.claimed_push[start:stop]) / _PUSH])
    weight = np.stack([np.isfinite(m.turn[start:stop]), np.isfinite(c.claimed_push[start:stop])])
    costs = {}
    for lag in range(-MOST_LAG, MOST_LAG + 1):
        # Only what lies inside the trip at this lag is compared: half of the window at least.
        a, b = max(start - lag, 0), min(stop - lag, len(m.time))
        here = slice(a + lag - start, b + lag - start)
        if b - a < (stop - start) / 2:
            continue
        felt = np.stack([m.yaw[a:b] / noise[here], c.felt_push[a:b] / _PUSH])
        known = weight[:, here] & np.isfinite(felt)
        if known.sum() >= LEAST:
            costs[lag] = float(np.minimum((claims[:, here] - np.nan_to_num(felt)) ** 2, 36.0)[known].mean())
    near = [cost for lag, cost in costs.items() if abs(lag) <= 1]
    far = [(cost, lag) for lag, cost in costs.items() if abs(lag) >= 3]
    if not near or not far:
        return np.nan, np.nan
    cost, lag = min(far)
    return float(np.log((min(near) + 0.5) / (cost + 0.5))), float(abs(lag))


def _brisk(c: Compared, inside: slice) -> float:
    """How much of quick pushes (of three to ten seconds) is claimed, against how much is felt: log of the ratio of what both
    share to what inertia felt; 0 where all of it is claimed, low where it was smoothed away."""
    claimed, felt = c.claimed_push[inside], c.felt_push[inside]
    known = np.isfinite(claimed) & np.isfinite(felt)
    if known.sum() < LEAST:
        return np.nan
    a, b = high_passed(claimed, 4)[known], high_passed(felt, 4)[known]
    power = float(np.mean(b**2))
    if power < 0.1**2:
        return np.nan
    return float(np.log(max(float(np.mean(a * b)), 0.02 * power) / power))


def _steps(m: Motion, inside: slice) -> float:
    """The mean distance, metres a second, between how places move and what speed and course say."""
    v, course = m.speed[inside], np.radians(m.course[inside])
    vx, vy = v * np.sin(course), v * np.cos(course)
    dx, dy = np.diff(m.x[inside]) - (vx[1:] + vx[:-1]) / 2, np.diff(m.y[inside]) - (vy[1:] + vy[:-1]) / 2
    fast = (v[1:] > 2) | (np.hypot(dx, dy) > 2)  # of a car at rest the course is anything
    apart = np.hypot(dx, dy)[fast]
    return _mean(np.minimum(apart[np.isfinite(apart)], 20.0), 10)


def _bend(m: Motion, inside: slice) -> float:
    """Who is led away turns by another angle over ground than his car does: over twelve seconds, the difference of both times
    speed (what it takes across the way, m/s), typical of the window's sharpest tenth."""
    v, yaw, turn = m.speed[inside], m.yaw[inside], m.turn[inside]
    if len(v) < LEAST + _OVER:
        return np.nan
    # Changes of two seconds around every second one add up to the whole, whatever their noise.
    apart = np.where(np.isfinite(turn - yaw), turn - yaw, np.nan)
    kernel = np.ones(_OVER)
    total = np.convolve(np.nan_to_num(apart), kernel, "valid")
    missing = np.convolve(np.isnan(apart), kernel, "valid") > 0
    quiet = np.abs(np.nan_to_num(yaw)) < 6
    ends = quiet[: len(total)] & quiet[_OVER - 1 :] & ~missing
    if ends.sum() < 10:
        return np.nan
    across = np.radians(total) * (v[: len(total)] + v[_OVER - 1 :]) / 2
    # A gyroscope is good to some hundredths of what it turned.
    turned = np.convolve(np.nan_to_num(yaw), kernel, "valid")
    excuse = _GYRO * np.abs(np.radians(turned)) * (v[: len(total)] + v[_OVER - 1 :]) / 2
    across = np.maximum(np.abs(across - np.median(across[ends])) - excuse, 0)[ends]
    return float(np.log(0.2 + np.quantile(across, 0.9)))


def _clock(m: Motion, inside: slice) -> float:
    """By how much the course turns faster than the gyroscope says, as a natural logarithm without its sign: a clock that runs at
    another pace. NaN where there is too little turning, or the course is made of places, which rounds bends off."""
    turn, yaw = m.turn[inside], m.yaw[inside]
    known = np.isfinite(turn) & np.isfinite(yaw) & (np.abs(yaw) > 4)
    if known.sum() < 12 or not m.reported[1]:
        return np.nan
    a, b = turn[known], yaw[known]
    alike = float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1e-9))
    return float(abs(np.log(float(a @ b / (b @ b))))) if alike > 0.8 else np.nan


def _smooth(m: Motion, inside: slice) -> float:
    """How far below any receiver's noise the third differences of speed lie (natural logarithm); NaN where speed comes in steps
    so coarse that they hide it, or the car stands."""
    v = m.speed[inside]
    v = v[np.isfinite(v) & (v > 1)]
    if len(v) < LEAST or (len(np.unique(v)) < len(v) / 2 > 1 and np.ptp(v) > 0.1):
        return np.nan
    return float(max(0.0, np.log(_NOISE / (np.median(np.abs(np.diff(v, 3))) + 0.001))))


def _mean(values: np.ndarray, least: int) -> float:
    return float(np.mean(values)) if len(values) >= least else np.nan


__all__ = [
    "NAMES", "STEP", "STRETCH", "WINDOW", "Compared", "Windows", "compare", "departure", "moving", "row", "scale_of", "standing",
    "windows",
]  # fmt: skip
