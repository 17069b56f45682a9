"""Ways to falsify where a vehicle was and how it moved: what trainers and benches do to real trips. The forger's places, speeds
and courses agree with one another; inertia is left as it was felt. All of a trip is forged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.kinds.vehicles.trips.motion import EARTH, metres
from assay.kinds.vehicles.trips.track import Track

Rng = np.random.Generator


def _moved(track: Track, x: np.ndarray, y: np.ndarray, speed: np.ndarray, course: np.ndarray) -> Track:
    g = track.gnss
    first = int(np.flatnonzero(np.isfinite(g["latitude"]))[0])
    latitude = g["latitude"][first] + np.degrees(y / EARTH)
    longitude = g["longitude"][first] + np.degrees(x / (EARTH * np.cos(np.radians(g["latitude"][first]))))
    moved = {**g, "latitude": latitude, "longitude": longitude, "speed": speed, "course": np.mod(course, 360.0)}
    return Track(moved, track.imu, {})


def _plain(track: Track) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    g = track.gnss
    t = g["time"]
    x, y = metres(g["latitude"], g["longitude"])
    dx, dy = np.gradient(x, t), np.gradient(y, t)
    speed = g.get("speed", np.hypot(dx, dy))
    course = g.get("course", np.degrees(np.arctan2(dx, dy)))
    return t, x, y, np.where(np.isfinite(speed), speed, np.hypot(dx, dy)), np.unwrap(course, period=360.0)


def frozen(track: Track, rng: Rng) -> Track:
    """The receiver stands where it was first."""
    t, *_ = _plain(track)
    still = np.abs(rng.normal(0, 0.02, len(t)))
    return _moved(track, rng.normal(0, 0.05, len(t)), rng.normal(0, 0.05, len(t)), still, np.full(len(t), 90.0))


def cruise(track: Track, rng: Rng) -> Track:
    """Straight on at 8 to 20 m/s, with a receiver's noise."""
    t, *_ = _plain(track)
    speed, course = rng.uniform(8, 20), rng.uniform(0, 360)
    gone = speed * (t - t[0])
    v = speed + rng.normal(0, 0.05, len(t))
    return _moved(
        track,
        gone * np.sin(np.radians(course)),
        gone * np.cos(np.radians(course)),
        v,
        course + rng.normal(0, 0.3, len(t)),
    )


def drift(track: Track, rng: Rng, pace: float = 1.5) -> Track:
    """Led away at `pace` m/s in one direction."""
    t, x, y, speed, course = _plain(track)
    toward = rng.uniform(0, 2 * np.pi)
    dx, dy = pace * np.sin(toward), pace * np.cos(toward)
    vx, vy = speed * np.sin(np.radians(course)) + dx, speed * np.cos(np.radians(course)) + dy
    gone = t - t[0]
    return _moved(track, x + dx * gone, y + dy * gone, np.hypot(vx, vy), np.degrees(np.arctan2(vx, vy)))


def drift_places(track: Track, rng: Rng, pace: float = 1.5) -> Track:
    """Places alone led away; speed and course are left as they were."""
    t, x, y, speed, course = _plain(track)
    toward, gone = rng.uniform(0, 2 * np.pi), t - t[0]
    return _moved(track, x + pace * np.sin(toward) * gone, y + pace * np.cos(toward) * gone, speed, course)


def smoothing(track: Track, rng: Rng, seconds: float = 15.0) -> Track:
    """Harsh events ironed out: the same way driven, its speed a running mean."""
    t, x, y, speed, course = _plain(track)
    even = np.arange(t[0], t[-1], 1.0)
    width = max(3, round(seconds))
    v = np.interp(even, t, speed)
    padded = np.pad(v, width // 2, mode="edge")
    smooth = np.interp(t, even, np.convolve(padded, np.ones(width) / width, "valid")[: len(even)])
    return _along(track, t, x, y, speed, course, smooth)


def _along(
    track: Track, t: np.ndarray, x: np.ndarray, y: np.ndarray, speed: np.ndarray, course: np.ndarray, other: np.ndarray
) -> Track:
    """The same way at another speed."""
    step = np.diff(t, prepend=t[0])
    gone, told = np.cumsum(speed * step), np.cumsum(other * step)
    told = told * (gone[-1] / max(told[-1], 1e-9)) if told[-1] > 0 else told
    rising = gone + np.arange(len(gone)) * 1e-9
    return _moved(track, np.interp(told, rising, x), np.interp(told, rising, y), other, np.interp(told, rising, course))


def playback(track: Track, rng: Rng) -> Track:
    """Another stretch of driving, told as this one; where it ends it goes on from its beginning, moved so that nothing jumps."""
    t, x, y, speed, course = _plain(track)
    whole = t[-1] - t[0]
    ahead = t - t[0] + rng.uniform(120, max(121.0, whole - 120))
    when, again = t[0] + np.mod(ahead, whole), np.floor(ahead / whole)
    px, py = np.interp(when, t, x) + again * (x[-1] - x[0]), np.interp(when, t, y) + again * (y[-1] - y[0])
    return _moved(track, px - px[0], py - py[0], np.interp(when, t, speed), np.interp(when, t, course))


def delay(track: Track, rng: Rng, seconds: float | None = None) -> Track:
    """All true, `seconds` late (ten or thirty); until then it stands where it was first."""
    t, x, y, speed, course = _plain(track)
    when = t - (float(rng.choice([10.0, 30.0])) if seconds is None else seconds)
    told = np.where(when < t[0], 0.0, np.interp(when, t, speed))
    return _moved(track, np.interp(when, t, x), np.interp(when, t, y), told, np.interp(when, t, course))


def stretch(track: Track, rng: Rng, pace: float = 1.1) -> Track:
    """The same way in more time: a clock that runs slow."""
    t, x, y, speed, course = _plain(track)
    when = t[0] + (t - t[0]) / pace
    return _moved(
        track,
        np.interp(when, t, x),
        np.interp(when, t, y),
        np.interp(when, t, speed) / pace,
        np.interp(when, t, course),
    )


def mileage(track: Track, rng: Rng, share: float = 0.7) -> Track:
    """Every way and speed a share of what it was."""
    _, x, y, speed, course = _plain(track)
    return _moved(track, x * share, y * share, speed * share, course)


def synthetic(track: Track, rng: Rng) -> Track:
    """A drive made up: speeds and turns that wander as a car's do, with a receiver's noise."""
    t, *_ = _plain(track)
    n = int(t[-1] - t[0]) + 2
    push, turn = np.zeros(n), np.zeros(n)
    v, turning = np.zeros(n), 0.0
    v[0] = 10.0
    wanted = 14.0
    for i in range(1, n):
        if rng.random() < 0.02:
            wanted = float(rng.choice([0.0, 8.0, 14.0, 22.0]))
        push[i] = np.clip(0.25 * (wanted - v[i - 1]), -2.5, 1.8) + rng.normal(0, 0.15)
        v[i] = max(0.0, v[i - 1] + push[i])
        if rng.random() < 0.03:
            turning = float(rng.choice([0.0, 0.0, 8.0, -8.0, 20.0, -20.0]))
        turn[i] = 0.7 * turn[i - 1] + 0.3 * turning * (2 < v[i] < 16)
        turning *= 0.85
    course = np.cumsum(turn)
    x, y = np.cumsum(v * np.sin(np.radians(course))), np.cumsum(v * np.cos(np.radians(course)))
    at, grid = t - t[0], np.arange(n)
    noise = rng.normal(0, 0.05, len(t))
    return _moved(
        track,
        np.interp(at, grid, x),
        np.interp(at, grid, y),
        np.abs(np.interp(at, grid, v) + noise),
        np.interp(at, grid, course),
    )


KINDS: dict[str, Callable[[Track, Rng], Track]] = {
    "frozen": frozen,
    "cruise": cruise,
    "drift": drift,
    "drift-places": drift_places,
    "smoothing": smoothing,
    "playback": playback,
    "delay-10": lambda track, rng: delay(track, rng, 10.0),
    "delay-30": lambda track, rng: delay(track, rng, 30.0),
    "stretch": stretch,
    "mileage-0.7": lambda track, rng: mileage(track, rng, 0.7),
    "mileage-0.9": lambda track, rng: mileage(track, rng, 0.9),
    "synthetic": synthetic,
}
FAMILY = {
    "drift": "drift",
    "drift-places": "drift",
    "delay-10": "delay",
    "delay-30": "delay",
    "mileage-0.7": "mileage",
    "mileage-0.9": "mileage",
    "cruise": "cruise",
}
"""Kinds that are left out of training together."""

__all__ = ["FAMILY", "KINDS"]
