"""How a made-up car is driven, twenty times a second, for hours: towns, motorways, waiting at lights, parking with the engine off."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

RATE = 20  # samples a second
_GEARS = np.array([5.0, 9.0, 14.0, 20.0, 28.0])  # m/s at which it shifts up
_TURNS = np.array([140.0, 85.0, 58.0, 44.0, 36.0, 30.0])  # of the engine a minute, for each m/s, by gear
Quantities = dict[str, np.ndarray]


def driving(seconds: float, rng: np.random.Generator) -> Quantities:
    """Name -> float64[seconds * RATE]: what a car's computers measure, in SI units, degrees, revolutions a minute and celsius."""
    speed, push, steer, on = _driven(int(seconds * RATE) + 1, rng)
    n = len(speed)
    # Roads are rough, and feet and hands are never quite still: no two stretches are the same to the last digit.
    rough = _eased(rng.normal(0, 1, n), 0.2) * (speed > 0.1)
    speed, push, steer = (
        speed + 0.02 * rough * np.minimum(speed, 1),
        push + 0.25 * rough,
        steer + _eased(rng.normal(0, 3, n), 0.3),
    )
    gear = np.where(on, np.searchsorted(_GEARS, speed) + (speed > 0.1), 0)
    yaw = speed * steer * 2e-3
    ticks = np.arange(n) / RATE
    moving = speed > 0.1
    rpm = np.where(
        on, np.maximum(780 + _eased(rng.normal(0, 60, n), 0.4), speed * _TURNS[np.searchsorted(_GEARS, speed)]), 0.0
    )
    rpm = _eased(rpm, 0.35)
    push_felt = np.where(moving | (push > 0), push, 0.0)
    pedal = _eased(
        np.where(
            on,
            np.clip(8 + 22 * push_felt + 0.9 * speed + _eased(rng.normal(0, 6, n), 0.4), 0, 100) * (push_felt > -0.25),
            0.0,
        ),
        0.15,
    )
    brake = _eased(np.where(on, np.maximum(0.0, -push_felt - 0.35) * 18 + 12 * (on & ~moving), 0.0), 0.15)
    warm = 90 - 70 * np.exp(-np.cumsum(on) / RATE / 400)
    lamps = (np.abs(steer) > 25) | (rng.random(n) < 2e-5)
    doors = ~on & (np.cumsum(np.diff(on, prepend=on[0])) % 2 == 0)
    made: Quantities = {
        "speed": speed, "push": push_felt, "steer": steer, "turning": np.gradient(steer) * RATE, "yaw": yaw, "side": speed * np.radians(yaw),
        "rpm": rpm, "pedal": pedal, "brake": brake, "torque": _eased(np.where(on, 20 + 2.2 * pedal - 0.4 * brake, 0.0), 0.2), "gear": gear.astype(float),
        "temperature": warm, "fuel": 60 - np.cumsum(rpm) / RATE * 4e-7, "way": np.cumsum(speed) / RATE, "clock": ticks,
        "lamp": lamps.astype(float), "door": doors.astype(float), "on": on.astype(float),
    }  # fmt: skip
    for number, side in enumerate((1, -1, 1, -1)):
        made[f"wheel{number}"] = np.maximum(0.0, speed + side * np.radians(yaw) * 0.75)
    return made


def _eased(values: np.ndarray, seconds: float) -> np.ndarray:
    """What has mass, or a foot on it, takes a while."""
    kept = float(np.exp(-1 / (RATE * seconds)))
    for _ in range(2):
        values = lfilter([1 - kept], [1, -kept], values, zi=[kept * values[0]])[0]
    return np.asarray(values)


def _driven(n: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Speed m/s, push m/s2, degrees at the wheel, and whether the engine is on."""
    speed, push, steer, on = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    v = a = wheel = turn = target = 0.0
    fastest = rng.uniform(12, 38)
    left = parked = 0
    most = slow = 2.0
    draws = rng.random((n, 2))
    for k in range(n):
        if left <= 0:
            if draws[k, 0] < 0.03:
                fastest = rng.uniform(8, 40)
            target = 0.0 if rng.random() < 0.25 else rng.uniform(3, fastest)
            left = int(rng.uniform(3, 45) * RATE)
            hard = rng.random() < 0.05
            most, slow = (
                (rng.uniform(3, 4.5), rng.uniform(5, 8.5)) if hard else (rng.uniform(0.8, 2.5), rng.uniform(0.8, 3))
            )
        left -= 1
        if parked == 0 and v == 0 and draws[k, 1] < 4e-4:
            parked = int(rng.uniform(20, 400) * RATE)
        if parked:
            parked -= 1
            target = 0.0
        a += min(max(min(max((target - v) * 0.6, -slow), most) - a, -0.4), 0.2)
        v = max(0.0, v + a / RATE)
        a = max(a, 0.0) if v == 0 else a
        if draws[k, 0] > 0.98:
            turn = rng.normal(0, 120 if v < 8 else 12) if rng.random() < 0.5 else 0.0
        wheel += min(max((turn - wheel) * 0.09, -14), 14)
        speed[k], push[k], steer[k], on[k] = v, a, wheel, parked <= 3 * RATE
    return speed, push, steer, on


__all__ = ["RATE", "Quantities", "driving"]
