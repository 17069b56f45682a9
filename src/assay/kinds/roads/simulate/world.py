"""`assay simulate roads`: a made-up town for some minutes, as road messages in order of reception, each with the truth.

Sensors differ from car to car: white noise and a bias that wanders on positions, noise on speed, heading and acceleration, some
messages lost, and clocks that speak once a second to ten times. Everything is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import column
from assay.kinds.roads.evidence import RoadMessage
from assay.kinds.roads.simulate.attacks import KINDS, Liar, Said
from assay.kinds.roads.simulate.drive import STEP, drive
from assay.kinds.roads.simulate.streets import streets

BEGIN = 1_767_600_000.0  # 2026-01-05, UTC
_LATENCY = 0.03  # seconds on the air


def world(
    seed: int = 1,
    *,
    vehicles: int = 60,
    seconds: float = 240.0,
    liars: float = 0.3,
    rate: float = 0.0,
    noise: float = 1.0,
    kinds: tuple[str, ...] = KINDS,
) -> list[Said]:
    """What was said, in order of reception. `liars`: their share; `rate`: messages a second (0: each its own, 1 to 10); `noise`:
    how many times the usual; `kinds`: of lies, in turn."""
    rng = np.random.default_rng(seed)
    tracks = drive(streets(rng), rng, vehicles, seconds)
    lying = rng.permutation(vehicles)[: round(liars * vehicles)]
    own = {int(v): Liar(kinds[k % len(kinds)], rng, [_name(rng) for _ in range(6)]) for k, v in enumerate(lying)}
    from_begin = {v: bool(rng.random() < 0.4) for v in own}
    honest = [_speak(rng, v, track, rate, noise) for v, track in enumerate(tracks)]
    said: list[Said] = []
    for v, messages in enumerate(honest):
        if v not in own or not messages:
            said += messages
            continue
        onset = (
            0.0 if from_begin[v] else float(rng.uniform(messages[0].made, 0.5 * (messages[0].made + messages[-1].made)))
        )
        donor = _donor(rng, honest, v, max(onset, messages[0].made))
        for message in messages:
            said += [message] if message.made < onset else own[v].lies(message, donor)
    said.sort(key=lambda m: m.received)
    return said


def _name(rng: np.random.Generator) -> str:
    return f"{int(rng.integers(1 << 32)):08x}"


def _donor(rng: np.random.Generator, honest: list[list[Said]], liar: int, when: float) -> list[Said]:
    """The messages of another vehicle, from some time before `when` on."""
    back = float(rng.uniform(15, 60))
    others = [m for v, m in enumerate(honest) if v != liar and m and m[0].made <= when - back < m[-1].made - 5]
    if not others:
        return []
    return [m for m in others[int(rng.integers(len(others)))] if m.made >= when - back]


def _speak(rng: np.random.Generator, vehicle: int, track: np.ndarray, rate: float, noise: float) -> list[Said]:
    """Everything one vehicle says of itself, truly, as its sensors have it."""
    there = np.flatnonzero(np.isfinite(track[:, 0]))
    if len(there) < 60:
        return []
    often = rate or float(rng.choice([1.0, 1.0, 2.0, 5.0, 10.0]))
    begin, end = there[0] * STEP, there[-1] * STEP
    ticks = np.arange(begin + rng.uniform(0, 1 / often), end - STEP, 1 / often)
    ticks = ticks + rng.normal(0, 0.01, len(ticks)) if often < 5 else ticks
    ticks = ticks[rng.random(len(ticks)) > rng.uniform(0, 0.08)]
    k = np.clip((ticks / STEP).astype(int), there[0], there[-1] - 1)
    rest = ticks - k * STEP
    state = track[k]
    white, wander = noise * rng.uniform(0.15, 0.7), noise * rng.uniform(0.2, 1.2)
    bias = np.zeros((len(ticks), 2))
    bias[0:1] = rng.normal(0, wander, 2)
    for j in range(1, len(ticks)):
        keep = np.exp(-(ticks[j] - ticks[j - 1]) / 60.0)
        bias[j] = keep * bias[j - 1] + rng.normal(0, wander * np.sqrt(1 - keep**2), 2)
    x = state[:, 0] + rest * state[:, 3] * np.sin(state[:, 2]) + bias[:, 0] + rng.normal(0, white, len(ticks))
    y = state[:, 1] + rest * state[:, 3] * np.cos(state[:, 2]) + bias[:, 1] + rng.normal(0, white, len(ticks))
    speed = np.maximum(
        0.0, state[:, 3] + rest * state[:, 4] + noise * rng.normal(0, rng.uniform(0.03, 0.15), len(ticks))
    )
    heading = state[:, 2] + np.radians(noise * rng.normal(0, rng.uniform(0.2, 1.2), len(ticks)))
    pull = state[:, 4] + noise * rng.normal(0, rng.uniform(0.05, 0.2), len(ticks))
    name = _name(rng)
    return [
        Said(float(t + _LATENCY), float(t), vehicle, name, float(x[j]), float(y[j]), float(heading[j] % (2 * np.pi)), float(speed[j]),
             float(pull[j]))
        for j, t in enumerate(ticks)
    ]  # fmt: skip


def batch_of(said: list[Said], *, first: int = 0) -> Batch[RoadMessage]:
    """As evidence with its truth (1: a lie), which is known at once."""
    received = np.array([m.received for m in said])
    columns = {
        "pseudonym": column([m.name for m in said], numeric=False),
        "form": column(["bsm"] * len(said), numeric=False),
        "x": np.array([m.x for m in said]), "y": np.array([m.y for m in said]),
        "speed": np.array([m.speed for m in said]), "heading": np.degrees([m.heading for m in said]) % 360,
        "acceleration": np.array([m.pull for m in said]), "delay": np.array([m.received - m.made for m in said]),
    }  # fmt: skip
    time = np.round((BEGIN + received) * 1e6).astype(np.int64)
    batch = Batch(RoadMessage, [f"m{first + i}" for i in range(len(said))], time, columns)
    batch.truth = np.array([float(m.label != "genuine") for m in said])
    batch.known = time
    return batch


def simulate(
    seed: int = 1, *, size: int = 60, seconds: float = 240.0, liars: float = 0.3, rate: float = 0.0, signed: int = 0
) -> Iterator[Batch[RoadMessage] | dict[str, Any]]:
    """`size` vehicles for `seconds`, with the kind of each lie as `attack`. With `signed=1` files instead of a table: one envelope a line as it was received, the
    certificates, and the truth."""
    said = world(seed, vehicles=size, seconds=seconds, liars=liars, rate=rate)
    if signed:
        from assay.kinds.roads.simulate.radio import files

        yield from files(said, seed)
        return
    for start in range(0, len(said), 65_536):
        part = said[start : start + 65_536]
        batch = batch_of(part, first=start)
        batch.columns["extra.attack"] = column([m.label for m in part], numeric=False)
        yield batch


__all__ = ["BEGIN", "batch_of", "simulate", "world"]
