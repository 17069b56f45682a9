"""A made-up car's bus: computers that send messages in the manners of real ones, and what they carry.

A `Platform` is drawn once: which ids, by whom, how often, with which signals, counters and checksums; or taken from a DBC, whose
signals are told what to carry by their names. `traffic` is one drive of it, hours long if wanted, with what happens to honest
buses: computers that restart, a car that is switched off and on, messages sent on change, in bursts, or once in an hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.kinds.vehicles.dbc import Dbc, last_bit
from assay.kinds.vehicles.fields import Field, with_values
from assay.kinds.vehicles.frames import FRAME
from assay.kinds.vehicles.simulate.driving import RATE, Quantities, driving

_PERIODS = np.array([10, 10, 20, 20, 20, 25, 40, 50, 50, 100, 100, 100, 200, 250, 500, 1000])  # milliseconds
_SPANS = {  # what a signal of each quantity must hold
    "speed": (0, 70), "push": (-12, 12), "steer": (-600, 600), "turning": (-800, 800), "yaw": (-80, 80), "side": (-15, 15), "rpm": (0, 8000),
    "pedal": (0, 100), "brake": (0, 250), "torque": (-100, 400), "gear": (0, 7), "temperature": (-40, 130), "fuel": (0, 70), "way": (0, 2e6),
    "clock": (0, 2e5), "lamp": (0, 1), "door": (0, 1), "on": (0, 1), "wheel0": (0, 70), "wheel1": (0, 70), "wheel2": (0, 70), "wheel3": (0, 70),
}  # fmt: skip
_NAMED = tuple(
    (re.compile(pattern, re.IGNORECASE), told)
    for pattern, told in (
        (r"wh.*(fl|lf|1)|wheel", "wheel0"), (r"speed|veloc|vego|kph|kmh", "speed"), (r"rpm|engine_?s|revol", "rpm"), (r"steer.*(rate|veloc)", "turning"),
        (r"steer|angle", "steer"), (r"yaw|gyro", "yaw"), (r"lat.*acc|acc.*lat", "side"), (r"acc", "push"), (r"brake|press", "brake"),
        (r"pedal|gas|throttle", "pedal"), (r"torq|trq", "torque"), (r"gear|prnd", "gear"), (r"temp", "temperature"), (r"fuel|tank|soc", "fuel"),
        (r"odo|trip|dist", "way"), (r"time|second|minute", "clock"), (r"blink|turn|lamp|light", "lamp"), (r"door|belt", "door"),
    )
)  # fmt: skip
_SWITCHED = frozenset(("lamp", "door", "gear", "on"))
_ARBITRATED = 240  # microseconds that a frame takes on the wire at 500 kbit/s
_DAY = 1_700_000_000_000_000


@dataclass(frozen=True)
class Carried:
    """One signal: what it tells, in steps of `step` from `low`, with noise of so many steps."""

    field: Field
    what: str
    low: float
    step: float
    noise: float


@dataclass
class Sent:
    """One message. `period` microseconds (0: on change alone); `jitter` a share of it; `bursts` frames sent when something changes,
    `by` which computer sends it; `counter` and `checksum` (byte, kind, constant); `pages` of a multiplexer in the first byte."""

    id: int
    by: int
    length: int
    period: int
    jitter: float
    constant: int
    carried: list[Carried] = field(default_factory=list)
    bursts: int = 0
    counter: Field | None = None
    checksum: tuple[int, str, int] | None = None
    pages: int = 0


@dataclass(frozen=True)
class Platform:
    """A car's messages, and how many computers send them."""

    sent: Sequence[Sent]
    computers: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Platform:
        """Twenty to sixty ids, of eleven bits or, one platform in eight, of twenty-nine."""
        many, computers = int(rng.integers(20, 60)), int(rng.integers(4, 12))
        wide = rng.random() < 0.125
        ids = np.sort(rng.choice(np.arange(0x30, 0x6F0), many, replace=False)).tolist()
        made = [
            _message(rng, (0x98F00000 | (i << 8) | int(rng.integers(0, 40))) if wide else i, k / many, computers)
            for k, i in enumerate(ids)
        ]
        return cls(made, computers)

    @classmethod
    def of_dbc(cls, dbc: Dbc, rng: np.random.Generator, most: int = 60) -> Platform:
        """Messages of a DBC; its multiplexed signals are left out."""
        ids = sorted(i for i, m in dbc.messages.items() if 0 < m.length <= 8 and m.signals)
        ids = sorted(rng.choice(ids, min(most, len(ids)), replace=False).tolist())
        computers = int(rng.integers(4, 12))
        made = []
        for k, id_ in enumerate(ids):
            message = dbc.messages[id_]
            out = _bare(rng, id_, k / len(ids), computers, message.length)
            for signal in message.signals:
                if (
                    signal.selects
                    or signal.multiplexer
                    or signal.real
                    or signal.length > 32
                    or last_bit(signal) > 8 * message.length
                ):
                    continue
                start = signal.start if signal.little else 64 - last_bit(signal)
                where = Field(start, signal.length, signal.little, signal.signed)
                if re.search("counter|_cnt|alive|msgcount", signal.name, re.IGNORECASE) and 2 <= signal.length <= 8:
                    out.counter = where
                elif not re.search("check|crc|parity", signal.name, re.IGNORECASE):
                    out.carried.append(_carried(rng, where, _told(signal.name)))
            made.append(out)
        return cls(made, computers)


def _told(name: str) -> str:
    return next((what for pattern, what in _NAMED if pattern.search(name)), "")


def _bare(rng: np.random.Generator, id_: int, place: float, computers: int, length: int) -> Sent:
    """High priorities are sent often; one message in eight on change, with or without a beat of its own."""
    period = (
        int(_PERIODS[min(len(_PERIODS) - 1, int(len(_PERIODS) * np.clip(place + rng.normal(0, 0.2), 0, 0.999)))]) * 1000
    )
    changes = rng.random()
    return Sent(
        id_, int(rng.integers(computers)), length, 0 if changes < 0.04 else max(period, 100_000) if changes < 0.12 else period,
        float(rng.choice([0.002, 0.01, 0.03, 0.08])), int(rng.integers(0, 1 << 62)) & int(rng.integers(0, 1 << 62)),
        bursts=int(rng.choice([1, 3, 5])) if changes < 0.12 else 0,
    )  # fmt: skip


def _message(rng: np.random.Generator, id_: int, place: float, computers: int) -> Sent:
    length = int(rng.choice([8, 8, 8, 8, 7, 6, 4, 2]))
    out = _bare(rng, id_, place, computers, length)
    free = list(range(length))
    if length >= 4 and rng.random() < 0.6:
        byte = free.pop()
        out.checksum = (byte, str(rng.choice(["xor", "sum", "crc"])), int(rng.integers(256)))
    if length >= 4 and (out.checksum or rng.random() < 0.4):
        byte = free.pop() if rng.random() < 0.5 else free.pop(0)
        out.counter = (
            Field(8 * byte + int(rng.choice([0, 4])), 4, True, False)
            if rng.random() < 0.7
            else Field(8 * byte, 8, True, False)
        )
    if len(free) > 4 and free[0] == 0 and rng.random() < 0.08:
        out.pages = int(rng.integers(2, 8))
        free.pop(0)
    names = list(_SPANS)
    while free:
        what = "" if rng.random() < 0.25 else str(rng.choice(names))
        width = (
            1
            if what in ("lamp", "door", "on", "gear") or len(free) < 2 or free[1] != free[0] + 1 or rng.random() < 0.3
            else 2
        )
        bits = (
            int(rng.choice([8 * width, 8 * width - 1, 8 * width - 4])) if width == 2 else int(rng.choice([1, 2, 4, 8]))
        )
        little = bool(rng.random() < 0.4)
        start = 8 * free[0] if little else 64 - 8 * (free[0] + width)
        out.carried.append(_carried(rng, Field(start, bits, little, False), what))
        free = free[width:]
    return out


def _carried(rng: np.random.Generator, where: Field, what: str) -> Carried:
    least, most = _SPANS.get(what, (0, 1))
    levels = (1 << where.length) - 1
    step = (most - least) / levels * float(rng.choice([1.0, 1.0, 1.6])) if levels > 1 else 1.0
    low = least + step * (levels // 2 + 1) if where.signed else float(least)
    return Carried(where, what, low, step, float(rng.choice([0, 0, 0.3, 1.0, 2.0])) if where.length > 6 else 0.0)


def traffic(platform: Platform, seconds: float, rng: np.random.Generator, start: int = _DAY) -> np.ndarray:
    """FRAME[n] of one drive in order of time, `start` in microseconds."""
    told = driving(seconds, rng)
    awake = _awake(told["on"] > 0, platform.computers, seconds, rng)
    parts = [_frames(one, awake[one.by], told, seconds, rng) for one in platform.sent]
    whole = np.concatenate(parts)
    whole = whole[np.argsort(whole["time"], kind="stable")]
    # Two cannot speak at once: whoever comes later waits until the wire is free.
    busy = np.arange(len(whole)) * _ARBITRATED
    whole["time"] = start + np.maximum.accumulate(whole["time"] - busy) + busy
    return whole


def _awake(on: np.ndarray, computers: int, seconds: float, rng: np.random.Generator) -> list[list[tuple[float, float]]]:
    """For each computer the stretches, in seconds, in which it speaks: while the car is on, and a while longer or not; but for
    restarts, about one an hour and car."""
    edges = np.flatnonzero(np.diff(on.astype(np.int8), prepend=0, append=0)) / RATE
    drives = list(zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True))
    out = []
    for _ in range(computers):
        always = rng.random() < 0.3  # a body computer does not sleep while doors are opened
        wakes, sleeps = rng.uniform(0.05, 1.5), rng.uniform(0.1, 20)
        spans = [(0.0, seconds)] if always else [(a + wakes * (a > 0), min(b + sleeps, seconds)) for a, b in drives]
        for _ in range(rng.poisson(seconds / 3600 / computers)):
            at, off = rng.uniform(0, seconds), rng.uniform(0.15, 2.5)
            spans = [
                piece
                for a, b in spans
                for piece in ((a, min(b, at)), (max(a, at + off), b))
                if piece[1] - piece[0] > 0.01
            ]
        merged: list[tuple[float, float]] = []
        for a, b in sorted(spans):
            if merged and a <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], b))
            else:
                merged.append((a, b))
        out.append(merged)
    return out


def _frames(
    one: Sent, awake: Sequence[tuple[float, float]], told: Quantities, seconds: float, rng: np.random.Generator
) -> np.ndarray:
    times, counts = [np.zeros(0)], [np.zeros(0, np.int64)]
    drift = 1 + rng.normal(0, 5e-5)
    changed = _changes(one, told, rng)
    for begin, end in awake:
        n = int((end - begin) * 1e6 / (one.period * drift)) if one.period else 0
        # Its clock is even; a frame waits for the computer's next turn, and for the wire.
        late = np.abs(rng.normal(0, one.jitter, n)) + (rng.random(n) < 0.002) * rng.uniform(0, 0.25, n)
        own = (
            begin * 1e6 + one.period * drift * (rng.random() * 0.2 + np.arange(n)) + one.period * np.minimum(late, 0.45)
        )
        here = changed[(changed >= begin * 1e6) & (changed < end * 1e6)]
        bursts = (here[:, None] + 15_000.0 * np.arange(one.bursts)).reshape(-1) if one.bursts else here[:0]
        own = np.sort(np.concatenate([own, bursts[bursts < end * 1e6]]))
        times.append(own)
        counts.append(np.arange(len(own)))  # a computer that restarts counts from 0
    at, count = np.concatenate(times), np.concatenate(counts)
    made = np.zeros(len(at), FRAME)
    made["time"], made["id"], made["length"] = at.astype(np.int64), one.id, one.length
    made["data"] = _payloads(one, at, count, told, rng)
    return made


def _changes(one: Sent, told: Quantities, rng: np.random.Generator) -> np.ndarray:
    """Microseconds at which something changed that the message is sent for."""
    if not one.bursts:
        return np.zeros(0)
    about = [told[c.what] for c in one.carried if c.what in _SWITCHED]
    rows = np.unique(np.concatenate([np.flatnonzero(np.diff(a)) for a in about])) if about else np.zeros(0, np.int64)
    hours = len(told["speed"]) / RATE / 3600
    more = rng.uniform(0, len(told["speed"]), rng.poisson(20 * hours))  # somebody presses a button
    return np.sort(np.concatenate([rows, more])) * 1e6 / RATE


def _payloads(one: Sent, at: np.ndarray, count: np.ndarray, told: Quantities, rng: np.random.Generator) -> np.ndarray:
    n = len(at)
    inside = np.uint64((1 << 8 * one.length) - 1)
    data = np.full(n, one.constant, np.uint64) & inside
    rows = np.minimum((at * RATE / 1e6).astype(np.int64), len(told["speed"]) - 2)
    part = np.clip(at * RATE / 1e6 - rows, 0, 1)
    for carried in one.carried:
        top = (1 << carried.field.length) - 1
        if carried.what in told:
            column = told[carried.what]
            true = (
                column[rows] if carried.what in _SWITCHED else column[rows] + (column[rows + 1] - column[rows]) * part
            )
            raw = (true - carried.low) / carried.step
        else:  # of no known meaning: it stays, or changes once in minutes
            raw = np.floor(np.cumsum(rng.random(n) < 1 / max(2000, n // 20)) % (top + 1)).astype(float)
        raw = raw + (rng.normal(0, carried.noise, n) if carried.noise else 0.0)
        low = -(top // 2) - 1 if carried.field.signed else 0
        data = with_values(data, carried.field, np.clip(np.rint(raw), low, low + top))
    if one.pages:
        page = count % one.pages
        data = (
            np.where(page == 0, data, (data & np.uint64(0xFF)) | (np.uint64(one.constant >> 3) & ~np.uint64(0xFF)))
            & inside
        )
        data = with_values(data, Field(0, 8, True, False), page.astype(float))
    if one.counter is not None:
        data = with_values(data, one.counter, (count % (1 << one.counter.length)).astype(float))
    return data if one.checksum is None else _checked(data, one)


def _checked(data: np.ndarray, one: Sent) -> np.ndarray:
    byte, kind, constant = one.checksum or (0, "xor", 0)
    octets = data.view(np.uint8).reshape(-1, 8)
    others = [octets[:, b].astype(np.int64) for b in range(one.length) if b != byte]
    value = np.full(len(data), constant, np.int64)
    for other in others:
        value = _CHECKS[kind](value, other)
    return with_values(data, Field(8 * byte, 8, True, False), value.astype(float))


def _crc(value: np.ndarray, octet: np.ndarray) -> np.ndarray:
    """CRC-8 of SAE J1850."""
    value = value ^ octet
    for _ in range(8):
        value = np.where(value & 0x80, (value << 1) ^ 0x1D, value << 1) & 255
    return value


_CHECKS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "xor": lambda value, octet: value ^ octet, "sum": lambda value, octet: (value + octet) & 255, "crc": _crc,
}  # fmt: skip


__all__ = ["Carried", "Platform", "Sent", "traffic"]
