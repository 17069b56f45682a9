"""A made-up car in traffic: it stands, speeds up, brakes (now and then hard), turns and shifts; eleven ids say so in several
ways, with counters and checksums, one page by page, two on change, one rarely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.kinds.vehicles.frames import FRAME

SPEED, WHEELS, ENGINE, STEER, BRAKE = 0x0C1, 0x1A0, 0x0D0, 0x0C6, 0x224
Octets = np.ndarray


@dataclass
class Motion:
    """A hundred times a second: m/s, m/s², degrees at the wheel, and what follows from them."""

    speed: np.ndarray
    push: np.ndarray
    steer: np.ndarray

    def at(self, rows: np.ndarray) -> Motion:
        return Motion(self.speed[rows], self.push[rows], self.steer[rows])

    @property
    def yaw(self) -> np.ndarray:
        return self.speed * self.steer * 2e-3

    @property
    def rpm(self) -> np.ndarray:
        gear = np.searchsorted([5, 9, 14, 20, 28], self.speed)
        return np.maximum(800, self.speed * np.array([140, 85, 58, 44, 36, 30])[gear])


def motion(seconds: float, rng: np.random.Generator, fastest: float) -> Motion:
    n = int(seconds * 100)
    speed, push, steer = np.zeros(n), np.zeros(n), np.zeros(n)
    v = a = wheel = turn = target = 0.0
    left, most, brake = 0, 2.0, 2.0
    for k in range(n):
        if left <= 0:
            target = 0.0 if rng.random() < 0.25 else rng.uniform(4, fastest)
            left = int(rng.uniform(300, 4000))
            hard = rng.random() < 0.05
            most, brake = (4.0, 7.5) if hard else (rng.uniform(1, 2.5), rng.uniform(1, 3))
        left -= 1
        a += min(max(min(max((target - v) * 0.6, -brake), most) - a, -0.12), 0.06)
        v = max(0.0, v + a / 100)
        a = max(a, 0.0) if v == 0 else a
        if rng.random() < 0.004:
            turn = rng.normal(0, 120 if v < 8 else 15) if rng.random() < 0.5 else 0.0
        wheel += min(max((turn - wheel) * 0.02, -3), 3)
        speed[k], push[k], steer[k] = v, a, wheel
    return Motion(speed, push, steer)


def big(out: Octets, byte: int, value: np.ndarray) -> None:
    whole = np.rint(value).astype(np.int64) & 0xFFFF
    out[:, byte], out[:, byte + 1] = whole >> 8, whole & 255


def little(out: Octets, byte: int, value: np.ndarray) -> None:
    whole = np.rint(value).astype(np.int64) & 0xFFFF
    out[:, byte], out[:, byte + 1] = whole & 255, whole >> 8


def crc8(out: Octets, place: int, polynomial: int, more: np.ndarray | None = None) -> None:
    """Bit by bit, over all other bytes and `more`."""
    value = np.full(len(out), 255, np.int64)
    columns = [out[:, b].astype(np.int64) for b in range(8) if b != place] + ([] if more is None else [more])
    for column in columns:
        value ^= column
        for _ in range(8):
            value = np.where(value & 0x80, (value << 1) ^ polynomial, value << 1) & 255
    out[:, place] = value ^ 255


def drive(seconds: float, seed: int, fastest: float = 36.0, start: int = 1_700_000_000_000_000) -> np.ndarray:
    """FRAME[n] in order of time."""
    rng = np.random.default_rng(seed)
    whole = motion(seconds, rng, fastest)
    parts: list[np.ndarray] = []

    def noise(n: int, size: float) -> np.ndarray:
        return rng.normal(0, size, n)

    def send(id_: int, period: int, fill: Callable[[Octets, Motion, np.ndarray], None]) -> None:
        n = int(seconds * 1000 / period)
        at = np.arange(n) * period * 1000 + id_ * 37 % (period * 1000) + np.abs(noise(n, 20 * period)).astype(np.int64)
        out = np.zeros((n, 8), np.uint8)
        fill(out, whole.at(np.minimum(at // 10_000, len(whole.speed) - 1)), np.arange(n))
        part = np.zeros(n, FRAME)
        part["time"], part["id"], part["length"] = start + at, id_, 8
        part["data"] = out.view("<u8").reshape(-1)
        parts.append(part)

    def speed(out: Octets, m: Motion, k: np.ndarray) -> None:
        big(out, 0, m.speed * 360)
        big(out, 2, m.speed * 360 + np.abs(noise(len(k), 2)))
        out[:, 6] = k % 16
        out[:, 7] = np.bitwise_xor.reduce(out[:, :7], axis=1)

    def wheels(out: Octets, m: Motion, k: np.ndarray) -> None:
        for j, side in enumerate((1, -1, 1, -1)):
            big(out, 2 * j, np.maximum(0, (m.speed + side * m.yaw * 0.7) * 230 + (m.speed > 0) * noise(len(k), 3)))

    def engine(out: Octets, m: Motion, k: np.ndarray) -> None:
        big(out, 0, m.rpm * 4 + noise(len(k), 12))
        big(out, 2, m.push * 600 + 8000 + noise(len(k), 15))
        out[:, 5] = k % 4
        crc8(out, 7, 0x1D)

    def steering(out: Octets, m: Motion, k: np.ndarray) -> None:
        big(out, 0, m.steer * 10 + noise(len(k), 0.6))
        out[:, 5] = (k % 16) << 4
        crc8(out, 6, 0x2F, (k % 16) * 7 % 251)  # a data id for each count, as E2E profile 2 has it

    def brake(out: Octets, m: Motion, k: np.ndarray) -> None:
        press = np.maximum(0, -m.push - 0.4) * 12
        out[:, 0] = np.minimum(press * 2.5, 250)
        big(out, 2, press * 40)
        out[:, 5] = k % 16
        out[:, 7] = out[:, :7].astype(int).sum(axis=1) + 0x21 & 255

    def inertia(out: Octets, m: Motion, k: np.ndarray) -> None:
        little(out, 0, m.push * 1000 + noise(len(k), 40) + 32768)
        little(out, 2, m.yaw * 800 + noise(len(k), 12) + 32768)
        out[:, 7] = k % 256

    def cluster(out: Octets, m: Motion, k: np.ndarray) -> None:
        big(out, 1, m.speed * 36)
        big(out, 4, m.rpm / 2)

    def pages(out: Octets, m: Motion, k: np.ndarray) -> None:
        out[:, 0] = k % 4
        out[:, 1] = np.choose(k % 4, [np.full(len(k), 90), m.speed, np.full(len(k), 140), m.speed > 3])

    send(SPEED, 10, speed)
    send(WHEELS, 20, wheels)
    send(ENGINE, 10, engine)
    send(STEER, 10, steering)
    send(BRAKE, 20, brake)
    send(0x130, 20, inertia)
    send(0x3E9, 100, cluster)
    send(0x510, 250, pages)
    turned = np.sort(
        rng.integers(0, int(seconds * 1e6), max(1, int(seconds / 40)))
    )  # a lamp, sent at once when it changes
    at = np.sort(np.concatenate([np.arange(int(seconds * 2)) * 500_000 + 77_000, turned]))
    lamp = np.zeros(len(at), FRAME)
    lamp["time"], lamp["id"], lamp["length"] = start + at, 0x3B3, 8
    lamp["data"] = 1 + 0x800 * (np.searchsorted(turned, at, side="right") % 2)
    blinks = (turned[:, None] + 333_000 * np.arange(12)).reshape(-1)  # a dozen times after each turn of the switch
    at = np.sort(np.concatenate([np.arange(int(seconds)) * 1_000_000 + 33_000, blinks]))
    blinker = np.zeros(len(at), FRAME)
    blinker["time"], blinker["id"], blinker["length"] = start + at, 0x3C4, 8
    blinker["data"] = 0x10 * (np.searchsorted(np.sort(blinks), at, side="right") % 2)
    rare = np.zeros(max(1, int(seconds / 90)), FRAME)
    rare["time"], rare["id"], rare["length"] = start + np.sort(rng.integers(0, int(seconds * 1e6), len(rare))), 0x5A2, 8
    made = np.concatenate([*parts, lamp, blinker, rare])
    return made[np.argsort(made["time"], kind="stable")]
