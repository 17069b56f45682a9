"""One made-up drive as a recorder would tell it: satellites once a second, inertia ten times, with the noise of real recorders.

What instruments add was measured on the two longer journeys of the CSS Electronics sample logs (CANmod.gps in a car in traffic,
2021, and a CANedge in another, 2024; MIT): steps of 0.125 m/s2 and 0.25 degrees a second, a gyroscope's rest within half a
degree a second, specific force of a car at rest spread by 0.1 to 0.24 m/s2 and of one that drives by 0.2 (across) to 0.5
(upward), speed by Doppler good to 0.05 m/s, and a body that leans back by 0.06 of what it is pushed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kinds.vehicles.trips.motion import EARTH
from assay.kinds.vehicles.trips.track import GNSS, IMU, MOST_FIXES, MOST_SHAKES, SAID, Track, stream

RATE = 10  # inertial samples a second
_GRAVITY = 9.81
_STEP_FORCE, _STEP_TURN = 0.125, 0.25
_REST, _DRIVEN_UP, _DRIVEN_ACROSS = 0.12, 0.45, 0.2
_DOPPLER, _PLACE, _WANDER = 0.05, 0.1, 1.5
_LEAN = 0.06


@dataclass(frozen=True)
class Recorder:
    """How one car's recorder is mounted, and its gyroscope's rest: the same on every drive. `shake` is the car's own."""

    axes: np.ndarray
    rest: np.ndarray
    shake: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Recorder:
        """Any mounting."""
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        return cls(q * np.sign(np.linalg.det(q)), rng.uniform(-0.5, 0.5, 3), float(rng.uniform(0.7, 1.4)))


def drive(
    rng: np.random.Generator, seconds: float, recorder: Recorder | None = None, start: tuple[float, float] = (50.0, 8.0)
) -> Track:
    """So many seconds of town and country: stops, bends, hills. `start` degrees; speed and odometer are said by the car too."""
    recorder = recorder or Recorder.draw(rng)
    n = int(seconds * RATE)
    dt = 1.0 / RATE
    speed, push, yaw = _motion(rng, n, dt)
    course = rng.uniform(0, 360) + np.cumsum(yaw) * dt
    x, y = np.cumsum(speed * np.sin(np.radians(course))) * dt, np.cumsum(speed * np.cos(np.radians(course))) * dt
    return Track(
        _satellites(rng, n, speed, course, x, y, start), _inertia(rng, recorder, speed, push, yaw), _said(speed, dt)
    )


def _motion(rng: np.random.Generator, n: int, dt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Speed m/s, push m/s2, yaw degrees a second (clockwise) at each sample."""
    speed, push, yaw = np.zeros(n), np.zeros(n), np.zeros(n)
    wanted, until, turning, left, wander = 14.0, 0, 0.0, 0, 0.0
    draws = rng.random((n, 2))
    hand = rng.normal(0, 1, n)
    for i in range(1, n):
        if i >= until:
            wanted = float(rng.choice([0.0, 8.0, 13.9, 19.4, 22.2], p=[0.15, 0.2, 0.3, 0.2, 0.15]))
            until = i + int(rng.uniform(8, 60) / dt)
        v = speed[i - 1]
        wander = 0.98 * wander + 0.06 * hand[i]
        aim = float(np.clip(0.5 * (wanted - v), -2.2, 1.6)) + (wander if v > 2 else 0.0)
        push[i] = push[i - 1] + float(np.clip(aim - push[i - 1], -3 * dt, 3 * dt))  # jerk of people, not of machines
        speed[i] = max(0.0, v + push[i] * dt)
        if speed[i] == 0.0:
            push[i] = min(0.0, push[i]) if v > 0 else 0.0
        if left <= 0 and draws[i, 0] < 0.04 * dt:
            angle = float(rng.choice([-90.0, -30.0, 30.0, 90.0]))
            turning, left = angle / 6.0, int(6.0 / dt)
        if left > 0 and 2 < speed[i] < 15:
            left -= 1
            bend = turning
        else:
            bend = 0.6 * np.sin(i * dt / 11.0) if speed[i] > 3 else 0.0
        yaw[i] = yaw[i - 1] + float(np.clip(bend - yaw[i - 1], -12 * dt, 12 * dt)) if speed[i] > 0.5 else 0.0
    return speed, np.gradient(speed, dt), yaw


def _satellites(
    rng: np.random.Generator,
    n: int,
    speed: np.ndarray,
    course: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    start: tuple[float, float],
) -> dict[str, np.ndarray]:
    at = np.arange(0, n, RATE)
    late = np.maximum(at - 2, 0)  # a filter of two tenths of a second
    k = len(at)
    wander = np.zeros((2, k))
    steps = rng.normal(0, _WANDER * 0.05, (2, k))
    for i in range(1, k):
        wander[:, i] = 0.998 * wander[:, i - 1] + steps[:, i]
    v = np.abs(speed[late] + rng.normal(0, _DOPPLER, k))
    aside = np.degrees(_DOPPLER / np.maximum(speed[late], 0.5)) * rng.normal(0, 1, k)
    north = y[late] + wander[0] + rng.normal(0, _PLACE, k)
    east = x[late] + wander[1] + rng.normal(0, _PLACE, k)
    columns = {
        "time": at / RATE, "latitude": start[0] + np.degrees(north / EARTH),
        "longitude": start[1] + np.degrees(east / (EARTH * np.cos(np.radians(start[0])))),
        "speed": v, "course": np.mod(course[late] + aside, 360.0),
    }  # fmt: skip
    return stream(columns, GNSS, MOST_FIXES)


def _inertia(
    rng: np.random.Generator, recorder: Recorder, speed: np.ndarray, push: np.ndarray, yaw: np.ndarray
) -> dict[str, np.ndarray]:
    n = len(speed)
    knots = rng.normal(0, 0.02, n // (20 * RATE) + 3)  # hills of some hundred metres
    slope = np.interp(np.arange(n) / (20 * RATE), np.arange(len(knots)), knots) * (speed > 0)
    goes = np.minimum(speed / 8.0, 1.0) * recorder.shake
    up = _REST * recorder.shake + (_DRIVEN_UP - _REST) * goes
    across = 0.4 * _REST + (_DRIVEN_ACROSS - 0.4 * _REST) * goes
    force = np.stack([
        push * (1 + _LEAN) + _GRAVITY * slope + across * rng.normal(0, 1, n),
        -np.radians(yaw) * speed * 0.93 + across * rng.normal(0, 1, n),
        _GRAVITY + up * rng.normal(0, 1, n),
    ])  # fmt: skip
    turn = np.stack(
        [goes * rng.normal(0, 0.9, n), goes * rng.normal(0, 0.9, n), -yaw + (0.15 + 0.3 * goes) * rng.normal(0, 1, n)]
    )
    force, turn = recorder.axes @ force, recorder.axes @ turn + recorder.rest[:, None]
    force, turn = np.round(force / _STEP_FORCE) * _STEP_FORCE, np.round(turn / _STEP_TURN) * _STEP_TURN
    return stream(dict(zip(IMU, [np.arange(n) / RATE, *force, *turn], strict=True)), IMU, MOST_SHAKES)


def _said(speed: np.ndarray, dt: float) -> dict[str, np.ndarray]:
    at = np.arange(0, len(speed), RATE)
    told = np.floor(speed[at] * 3.6 * 1.01) / 3.6  # OBD-II tells whole kilometres an hour
    return stream({"time": at * dt, "speed": told}, SAID, MOST_FIXES)


__all__ = ["RATE", "Recorder", "drive"]
