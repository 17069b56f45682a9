"""Hours of clean driving that no log in hand holds: made-up cars (see `simulate.bus`), drawn or with the messages of real DBCs, each
taught by its first minute and a half, and by ten, and watched on another drive of half an hour through every kind of logger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.finding import Severity
from assay.kinds.vehicles.bench_masquerades import Found, counted, tried
from assay.kinds.vehicles.dbc import parse_dbc
from assay.kinds.vehicles.events import events, poisson_most
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.simulate.bus import Platform, traffic
from assay.kinds.vehicles.simulate.recording import LOGGERS
from assay.kinds.vehicles.watch import watch

TAUGHT = (90.0, 600.0)  # seconds
_LATER = 1_800_000_000_000_000  # the watched drive begins in another year
_LEAST_MESSAGES = 12
_LEARNT, _SIGNALS = 180.0, 5  # seconds; signals of each car
_MOVING = frozenset((
    "speed", "push", "steer", "turning", "yaw", "side", "rpm", "pedal", "brake", "torque", "wheel0", "wheel1", "wheel2", "wheel3",
))  # fmt: skip


def made_up(dbcs: Path | None, seed: int, *, cars: int = 24, seconds: float = 1800.0) -> dict[str, Any]:
    """Events of clean driving (hints too) by how long was learnt, an hour, with exact Poisson limits; and of which kinds."""
    told: dict[str, Any] = {}
    for taught in TAUGHT:
        kinds: Counter[str] = Counter()
        with_events = suspicious = 0
        for number, platform in enumerate(_platforms(dbcs, seed, cars)):
            rng = np.random.default_rng([seed, 19, number])
            logger = list(LOGGERS.values())[number % len(LOGGERS)]
            normal = Normal.learn(logger.record(traffic(platform, taught, rng), rng))
            found = events(watch(logger.record(traffic(platform, seconds, rng, _LATER), rng), normal))
            kinds += Counter(e.code.partition(".")[2] for e in found)
            with_events += bool(found)
            suspicious += sum(e.severity > Severity.LOW for e in found)
        n, hours = sum(kinds.values()), cars * seconds / 3600
        told[f"learnt from {taught:.0f} s"] = {
            "cars": cars, "hours": round(hours, 1), "events": n, "an hour": round(n / hours, 2), "an hour, at most": round(poisson_most(n) / hours, 2),
            "suspicious": suspicious, "suspicious an hour, at most": round(poisson_most(suspicious) / hours, 2), "cars with any": with_events, "kinds": dict(kinds.most_common()),
        }  # fmt: skip
    return told


def masqueraded(seed: int, *, cars: int = 12) -> dict[str, Any]:
    """Masquerades of up to five moving signals of each of some drawn cars, by normals of three minutes; those of ids that a checksum
    protects beside the others."""
    plain: list[Found] = []
    protected: list[Found] = []
    for number in range(cars):
        rng = np.random.default_rng([seed, 20, number])
        platform = Platform.draw(rng)
        normal = Normal.learn(traffic(platform, _LEARNT, rng))
        drive = traffic(platform, _LEARNT, rng, _LATER)
        sent = [s for s in platform.sent if 0 < s.period <= 100_000 and not s.pages]
        signals = [(s, c.field) for s in sent for c in s.carried if c.what in _MOVING and c.field.length >= 8]
        for k in rng.choice(len(signals), min(_SIGNALS, len(signals)), replace=False).tolist():
            of, field = signals[k]
            (protected if of.checksum else plain).extend(tried(drive, normal, [(of.id, field)], seed, 1))
    return {"cars": cars} | counted([*plain, *protected]) | {"without a checksum": counted(plain)["all"]}


def _platforms(dbcs: Path | None, seed: int, cars: int) -> Iterator[Platform]:
    """Every other one by a DBC, where there are any with messages enough."""
    rng = np.random.default_rng([seed, 18])
    files = [p for p in sorted(dbcs.rglob("*.dbc")) if not p.name.startswith("_")] if dbcs is not None else []
    rng.shuffle(files)
    for number in range(cars):
        platform = None
        while number % 2 and files and platform is None:
            dbc = parse_dbc(files.pop().read_bytes())
            if sum(0 < m.length <= 8 and bool(m.signals) for m in dbc.messages.values()) >= _LEAST_MESSAGES:
                platform = Platform.of_dbc(dbc, rng)
        yield Platform.draw(rng) if platform is None else platform


__all__ = ["made_up", "masqueraded"]
