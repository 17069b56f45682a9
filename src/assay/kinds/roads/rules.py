"""The careful rules: which doubts and which plain values speak, and what they say. Physics and the standards, nothing learnt.

A limit of 1 is where a doubt leaves what genuine traffic shows at any noise it may have (see `motion.doubt`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from assay.core.finding import Severity
from assay.kinds.roads import reasons
from assay.kinds.roads.motion.layout import AT, DOUBT, DOUBTS, A, V
from assay.kinds.roads.motion.watch import Seen

FASTEST, HARDEST = 70.0, 12.0  # m/s and m/s²: beyond them no road vehicle goes, brakes or gathers speed
BACKWARDS = 15.0  # m/s in reverse
RESIZED = 0.25  # metres
OFTEN = 0.075  # seconds between messages on average: ten a second are allowed
LATE, EARLY = 1.2, -1.2  # seconds against what is usual at the receiver
JUMPED = 3.0
_SUSTAINED = 0.7  # average doubt by which two senders move as one
_ALONE = {
    "rate": 1.8, "echo": 0.99, "off-road": 0.99, "overlap": 0.85, "repeat": 0.99, "companion": 9.0, "fit": 1.6, "speed": 2.0, "across": 1.5,
    "course": 1.4, "turn": 1.5,
}  # fmt: skip
_LASTING = {"overlap": 0.25, "off-road": 0.3, "fit": 0.7}  # once is chance: a bad fix, a drive-way
_CODE = {
    "path": reasons.PATH, "across": reasons.SIDEWAYS, "speed": reasons.SPEED_CHANGE, "still": reasons.STANDING,
    "turn": reasons.TURN, "course": reasons.HEADING, "innovation": reasons.SURPRISE, "velocity": reasons.SURPRISE,
    "overlap": reasons.OVERLAP, "companion": reasons.SYBIL, "off-road": reasons.OFF_ROAD, "net": reasons.DRIFT,
    "gain": reasons.DRIFT, "repeat": reasons.REPEATS, "fit": reasons.FIT, "rate": reasons.RATE, "echo": reasons.ECHO,
}  # fmt: skip
LIMITS = np.array([_ALONE.get(name, 1.25) for name in DOUBTS])
_CERTAIN = (
    reasons.JUMP,
    reasons.SPEED,
    reasons.ACCELERATION,
    reasons.ECHO,
    reasons.DELAYED,
    reasons.STATIC,
    reasons.REVERSE,
)


WEAK = (
    reasons.FIT, reasons.STANDING, reasons.OVERLAP, reasons.TURN, reasons.SPEED_CHANGE, reasons.HEADING, reasons.RATE, reasons.REPEATS,
)  # fmt: skip
"""Rules that a bad sensor or an odd driver meets now and then."""


class Rule(NamedTuple):
    """`hit` bool[n]; `severity`; `values(i)` what was read, safe to record: never a place."""

    code: str
    hit: np.ndarray
    severity: Severity
    weight: np.ndarray
    values: Callable[[int], dict[str, Any]]


def rules(seen: Seen, rows: np.ndarray, reverse: np.ndarray) -> list[Rule]:
    """Every rule over a batch. rows float64[n, MESSAGE]; reverse float64[n], NaN where nothing is known."""
    measures, now = seen.measures, seen.now
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def add(code: str, hit: np.ndarray, strength: np.ndarray) -> None:
        if hit.any():
            before = found.get(code)
            if before is not None:
                hit, strength = hit | before[0], np.maximum(strength, before[1])
            found[code] = (hit, strength)

    for name, d in DOUBT.items():
        hit = seen.fresh & (now[:, d] > LIMITS[d])
        if name == "path":
            jumped = hit & (now[:, d] > JUMPED)
            add(reasons.JUMP, jumped, now[:, d])
            hit &= ~jumped
        if name == "companion":
            hit = seen.fresh & (seen.mean[:, d] > _SUSTAINED) & (now[:, d] > _SUSTAINED)
        if name in _LASTING:
            hit &= seen.mean[:, d] > _LASTING[name]
        add(_CODE[name], hit, now[:, d])
    speed, pull = np.abs(rows[:, V]), np.abs(rows[:, A])
    late, pace = measures[:, AT["late"]], measures[:, AT["pace"]]
    with np.errstate(invalid="ignore"):
        add(reasons.SPEED, speed > FASTEST, speed / FASTEST)
        add(reasons.ACCELERATION, pull > HARDEST, pull / HARDEST)
        add(reasons.REVERSE, (reverse > 0.5) & (speed > BACKWARDS), speed / BACKWARDS)
        add(reasons.STATIC, measures[:, AT["resized"]] > RESIZED, measures[:, AT["resized"]] / RESIZED)
        add(reasons.INTERVAL, seen.fresh & (pace < OFTEN), OFTEN / np.maximum(pace, 1e-3))
        add(reasons.DELAYED, late > LATE, late / LATE)
        add(reasons.FUTURE, late < EARLY, late / EARLY)
    return [
        Rule(code, hit, Severity.MEDIUM if code in _CERTAIN else Severity.LOW, _weight(strength), _reader(code, seen, rows))
        for code, (hit, strength) in found.items()
    ]  # fmt: skip


def score(seen: Seen) -> np.ndarray:
    """float64[n]: what the rules make of each sender by now: its worst doubt, each against its limit; above 1 a rule has spoken."""
    worst = seen.peak / LIMITS
    worst[:, DOUBT["companion"]] = seen.mean[:, DOUBT["companion"]] / _SUSTAINED
    return np.asarray(worst.max(axis=1))


def _weight(strength: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.round(np.clip(strength / (1 + strength), 0.0, 1.0), 3))


# What of a message a sentence is told in: name of the value -> the measure, and its digits.
_TOLD = {
    reasons.JUMP: {"metres": ("path", 1), "seconds": ("interval", 2)},
    reasons.PATH: {"metres": ("path", 1), "seconds": ("interval", 2)},
    reasons.SIDEWAYS: {"metres": ("across", 1)},
    reasons.SPEED_CHANGE: {"difference": ("speed_change", 2)},
    reasons.STANDING: {"metres": ("path", 1)},
    reasons.TURN: {"pull": ("swing", 1)},
    reasons.HEADING: {"degrees": ("course", 0)},
    reasons.SURPRISE: {"position": ("position_innovation", 1), "velocity": ("velocity_innovation", 1)},
    reasons.OVERLAP: {"metres": ("nearest", 1)},
    reasons.SYBIL: {"apart": ("companion", 2), "metres": ("companion_drift", 1)},
    reasons.DRIFT: {"difference": ("net", 2), "gained": ("gain", 2)},
    reasons.ECHO: {"messages": ("echo", 0)},
    reasons.STATIC: {"metres": ("resized", 2)},
    reasons.DELAYED: {"seconds": ("late", 2)},
    reasons.FUTURE: {"seconds": ("late", 2)},
}


def _reader(code: str, seen: Seen, rows: np.ndarray) -> Callable[[int], dict[str, Any]]:
    def values(i: int) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, (measure, digits) in _TOLD.get(code, {}).items():
            value = abs(float(seen.measures[i, AT[measure]]))
            told[name] = round(value, digits) if value == value else 0.0
        if code == reasons.SPEED:
            told["speed"] = round(float(rows[i, V]), 1)
        elif code == reasons.ACCELERATION:
            told["acceleration"] = round(float(rows[i, A]), 1)
        elif code == reasons.REVERSE:
            told["speed"] = round(float(rows[i, V]), 1)
        elif code == reasons.INTERVAL:
            told["rate"] = round(1 / max(float(seen.measures[i, AT["pace"]]), 1e-3), 1)
        elif code == reasons.RATE:
            told["times"] = round(float(np.exp(seen.now[i, DOUBT["rate"]])), 1)
        elif code == reasons.REPEATS:
            told["share"] = round(100 * float(seen.now[i, DOUBT["repeat"]]))
        elif code == reasons.FIT:
            told["times"] = round(float(np.exp(1.8 * seen.now[i, DOUBT["fit"]])), 1)
        return told

    return values


__all__ = ["LIMITS", "WEAK", "Rule", "rules", "score"]
