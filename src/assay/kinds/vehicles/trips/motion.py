"""What satellites and inertia say of one motion, second by second, made comparable.

A car that turns is turned: over any two seconds the change of the course over ground is the integral of the turning rate
about the vertical, and the change of speed that of the forward specific force. The recorder may be mounted in any way: the
vertical is where gravity is (the mean of specific force), and the forward direction is the one turn of the horizontal plane
that fits the whole trip best: one complex number, whose size should be one. Groves, "Principles of GNSS, Inertial and
Multisensor Integrated Navigation Systems" (2013), ch. 5 and 16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.kinds.vehicles.trips.track import Track

SPAN = 1.0  # seconds before and after, over which changes are taken
SLOW = 3.0  # m/s below which the course over ground is noise
GAP = 2.6  # seconds between fixes beyond which nothing is said in between
EARTH = 6_371_000.0
LAGS = np.arange(-2.0, 2.01, 0.25)  # seconds that the satellites' filter may be late
_LATE = 45  # seconds
_GRAVITY = (7.0, 13.0)  # m/s2 that the mean of specific force may be of
_HIGH_PASS = 15  # seconds to either side whose mean is taken off forward forces: slopes of the road are not driving


@dataclass(frozen=True)
class Motion:
    """float64[n] a second each, NaN where not known.

    time seconds; x, y metres east and north of the first fix; speed m/s; course degrees; turn and push: degrees a second
    (clockwise) and m/s2 by satellite; yaw the same by gyroscope; force complex m/s2, horizontal, in the recorder's
    axes; shake the spread of specific force within the second; `lag` how late the satellites are, seconds.
    """

    time: np.ndarray
    x: np.ndarray
    y: np.ndarray
    speed: np.ndarray
    course: np.ndarray
    turn: np.ndarray
    push: np.ndarray
    yaw: np.ndarray
    force: np.ndarray
    shake: np.ndarray
    said: np.ndarray
    lag: float
    rate: float  # inertial samples a second
    gravity: float
    reported: tuple[bool, bool]  # are speed and course the receiver's own, and not made of places?

    @property
    def inertial(self) -> bool:
        return bool(np.isfinite(self.yaw).any())


def motion_of(track: Track) -> Motion | None:
    """None where there are not ten seconds of fixes."""
    g = track.gnss
    if not track.has("gnss", "latitude", "longitude"):
        return None
    good = np.isfinite(g["latitude"]) & np.isfinite(g["longitude"])
    t = g["time"][good]
    if len(t) < 10 or t[-1] - t[0] < 10:
        return None
    x, y = metres(g["latitude"][good], g["longitude"][good])
    time = np.arange(np.ceil(t[0]), np.floor(t[-1]) + 1.0)
    speed, course = _velocity(t, x, y, {k: v[good] for k, v in g.items()})
    grid_x, grid_y = _at(time, t, x), _at(time, t, y)
    v = _at(time, t, speed)
    turned = np.unwrap(course, period=360.0)
    lost = _lost(time, t)
    ahead, back = np.minimum(time + SPAN, t[-1]), np.maximum(time - SPAN, t[0])
    push = (_at(ahead, t, speed) - _at(back, t, speed)) / (ahead - back)
    turn = (_at(ahead, t, turned) - _at(back, t, turned)) / (ahead - back)
    for values in (grid_x, grid_y, v, push, turn):
        values[lost] = np.nan
    turn[~(v > SLOW)] = np.nan
    said = np.full(len(time), np.nan)
    if track.has("said", "speed"):
        known = np.isfinite(track.said["speed"])
        s = track.said["time"][known]
        said = _at(time, s, track.said["speed"][known])
        said[_lost(time, s)] = np.nan
    course_grid = np.mod(_at(time, t, turned), 360.0)
    plain: dict[str, Any] = {
        "time": time,
        "x": grid_x,
        "y": grid_y,
        "speed": v,
        "course": course_grid,
        "turn": turn,
        "push": push,
        "said": said,
    }
    speed_told, course_told = (
        name in g and bool(np.isfinite(g[name][good]).mean() > 0.5) for name in ("speed", "course")
    )
    return _with_inertia(plain, track, (speed_told, course_told))


def metres(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees as metres east and north of the first place; good to a part in a thousand within some hundred kilometres."""
    x = np.radians(longitude - longitude[0]) * EARTH * np.cos(np.radians(latitude[0]))
    return x, np.radians(latitude - latitude[0]) * EARTH


def _velocity(t: np.ndarray, x: np.ndarray, y: np.ndarray, g: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Speed and course of each fix: as reported (by Doppler, so better than differences of places), else from places half a
    second to either side, or the neighbours' where fixes are rarer."""
    dx, dy = _slope(t, x), _slope(t, y)
    speed, course = np.hypot(dx, dy), np.mod(np.degrees(np.arctan2(dx, dy)), 360.0)
    if "speed" in g:
        speed = np.where(np.isfinite(g["speed"]), g["speed"], speed)
    if "course" in g:
        course = np.where(np.isfinite(g["course"]), g["course"], course)
    return speed, course


def _slope(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    step = float(np.median(np.diff(t)))
    half = max(0.5, step)
    ahead, back = np.minimum(t + half, t[-1]), np.maximum(t - half, t[0])
    return np.asarray((np.interp(ahead, t, x) - np.interp(back, t, x)) / (ahead - back))


def _at(when: np.ndarray, t: np.ndarray, values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.full(len(when), np.nan)
    return np.asarray(np.interp(when, t[known], values[known]))


def _lost(time: np.ndarray, t: np.ndarray) -> np.ndarray:
    """bool: seconds that lie in a gap between samples."""
    after = np.clip(np.searchsorted(t, time), 1, len(t) - 1)
    return np.asarray((t[after] - t[after - 1] > GAP) | (time < t[0]) | (time > t[-1]))


def _with_inertia(plain: dict[str, Any], track: Track, reported: tuple[bool, bool]) -> Motion:
    time = plain["time"]
    nothing = np.full(len(time), np.nan)
    without = Motion(
        **plain, yaw=nothing, force=nothing.astype(complex), shake=nothing, lag=0.0, rate=0.0, gravity=np.nan, reported=reported
    )  # fmt: skip
    imu = track.imu
    if not track.has("imu", "ax", "ay", "az", "gx", "gy", "gz"):
        return without
    good = np.all([np.isfinite(imu[k]) for k in imu], axis=0)
    t = imu["time"][good]
    if len(t) < 20:
        return without
    f = np.stack([imu[k][good] for k in ("ax", "ay", "az")])
    w = np.stack([imu[k][good] for k in ("gx", "gy", "gz")])
    middle = np.median(f, axis=1)
    gravity = float(np.linalg.norm(middle))
    if not _GRAVITY[0] < gravity < _GRAVITY[1]:
        return without  # gravity was taken out: nobody can say where up is
    flat, around = _levelled(f, w, middle / gravity)
    if _opposed(plain, t, around):
        # Some recorders tell the pull of gravity where others tell the force against it: all three axes are the other way.
        flat, around = _levelled(-f, w, -middle / gravity)
    turned, pushed = _integral(t, around), _integral(t, flat)
    lag = _lag(plain, t, turned)
    yaw, force = _means(time + lag, t, turned), _means(time + lag, t, pushed)
    shake = _shake(time, t, np.linalg.norm(f, axis=0))
    lost = _lost(time, t)
    yaw[lost], shake[lost] = np.nan, np.nan
    force[lost] = np.nan
    rate = float(1.0 / max(np.median(np.diff(t)), 1e-4))
    return Motion(**plain, yaw=yaw, force=force, shake=shake, lag=lag, rate=rate, gravity=gravity, reported=reported)


def _levelled(f: np.ndarray, w: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Specific force in the horizontal plane, complex, and turning about the vertical, clockwise, its rest taken off."""
    east = np.cross(up, (1.0, 0, 0) if abs(up[0]) < 0.8 else (0, 1.0, 0))
    east /= np.linalg.norm(east)
    around = -(up @ w)
    return east @ f + 1j * (np.cross(up, east) @ f), around - _resting(around)


def _opposed(plain: dict[str, np.ndarray], t: np.ndarray, around: np.ndarray) -> bool:
    """Does the course turn the other way than the gyroscope, again and again? Asked at any lag: a record told late has its own
    reason."""
    a, b = np.nan_to_num(plain["turn"]), _means(plain["time"], t, _integral(t, around))
    if float(np.sum(np.abs(a) > 2)) < 20:
        return False
    n = len(a)
    lags = range(-min(_LATE, n // 4), min(_LATE, n // 4) + 1)
    pairs = [(a[max(0, k) : n + min(0, k)], b[max(0, -k) : n + min(0, -k)]) for k in lags]
    like = [float(p @ q / max(np.sqrt((p @ p) * (q @ q)), 1e-9)) for p, q in pairs]
    return min(like) < -0.6 and min(like) < -1.5 * max(like)


def _resting(around: np.ndarray) -> float:
    """What the gyroscope says while nothing turns: the median; most of a drive goes straight."""
    return float(np.median(around))


def _integral(t: np.ndarray, values: np.ndarray) -> np.ndarray:
    step = np.clip(np.diff(t), 0.0, GAP)
    return np.concatenate([[0], np.cumsum(step * (values[1:] + values[:-1]) / 2)])


def _means(time: np.ndarray, t: np.ndarray, integral: np.ndarray) -> np.ndarray:
    """The mean over `SPAN` before and after each second."""
    return np.asarray((np.interp(time + SPAN, t, integral) - np.interp(time - SPAN, t, integral)) / (2 * SPAN))


def _lag(plain: dict[str, np.ndarray], t: np.ndarray, turned: np.ndarray) -> float:
    """How late satellites are against inertia, by where turning agrees best."""
    known = np.isfinite(plain["turn"])
    if known.sum() < 30:
        return 0.0
    misfit = [
        float(np.mean(np.minimum(np.abs(plain["turn"][known] - _means(plain["time"][known] + lag, t, turned)), 10.0)))
        for lag in LAGS
    ]
    return float(LAGS[int(np.argmin(misfit))])


def _shake(time: np.ndarray, t: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The spread of specific force within each second; NaN where it holds fewer than three samples."""
    place = np.round(t - time[0]).astype(np.int64)
    inside = (place >= 0) & (place < len(time))
    place, size = place[inside], size[inside] - np.median(size)
    n = np.bincount(place, minlength=len(time)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(place, size, len(time)) / n
        spread = np.sqrt(np.maximum(np.bincount(place, size**2, len(time)) / n - mean**2, 0.0))
    spread[n < 3] = np.nan
    return np.asarray(spread)


def high_passed(values: np.ndarray, half: int = _HIGH_PASS) -> np.ndarray:
    """Less the mean of the seconds around; NaN stays NaN and is left out of means."""
    known = np.isfinite(values)
    kernel = np.ones(2 * half + 1)
    total = np.convolve(np.where(known, values, 0), kernel, "same")
    count = np.convolve(known.astype(np.float64), kernel, "same")
    return np.asarray(values - total / np.maximum(count, 1))


__all__ = ["EARTH", "SLOW", "Motion", "high_passed", "metres", "motion_of"]
