"""Masquerades made on a clean log: frames keep their ids and times, and what one signal in them says, or that they are said,
changes. The rest of each payload goes on, counters with it.

The kinds are those of the literature (SynCAN, ROAD): *suppression*; *plateau*, a signal held at what it was; *continuous*, led
away slowly by a quarter of its span; *offset*, moved by that at once; *playback*, what it said some seconds before;
*correlated*, it and whatever moves with it led away together; *replayed*, whole payloads from before; *random* payloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from assay.kinds.vehicles.fields import Field, values_of, with_values

KINDS = ("suppression", "plateau", "continuous", "offset", "playback", "correlated", "replayed", "random")
SECONDS = 5
LEAST_EFFECT = 0.1  # of a signal's span in the log: a lie that says what is so is none
Named = tuple[int, Field]


class Forged(NamedTuple):
    """`frames` FRAME[n]; `ids` those forged, the first the target's; `start` and `end` microseconds."""

    kind: str
    frames: np.ndarray
    ids: tuple[int, ...]
    start: int
    end: int
    signal: Named


def forge(
    frames: np.ndarray, kind: str, signal: Named, start: int, rng: np.random.Generator, others: Sequence[Named] = ()
) -> Forged:
    """`kind` one of `KINDS`; `others` move with the signal, for *correlated*. FRAME[n] is not changed."""
    end = start + SECONDS * 1_000_000
    id_, field = signal
    rows = np.flatnonzero((frames["id"] == id_) & (frames["time"] >= start) & (frames["time"] < end))
    if kind == "suppression":
        return Forged(kind, np.delete(frames, rows), (id_,), start, end, signal)
    told = frames.copy()
    own = frames["data"][rows]
    ids = [id_]
    if kind in ("playback", "replayed"):
        before = frames["data"][(frames["id"] == id_) & (frames["time"] < start)]
        last = len(before) - rng.integers(0, max(1, len(before) - 2 * len(rows)))
        earlier = before[max(0, last - len(rows)) : last]
        earlier = np.resize(earlier, len(rows)) if len(earlier) else own
        told["data"][rows] = earlier if kind == "replayed" else with_values(own, field, values_of(earlier, field))
    elif kind == "random":
        told["data"][rows] = rng.integers(0, 1 << 64, len(rows), dtype=np.uint64)
    elif kind == "plateau":
        told["data"][rows] = with_values(own, field, np.full(len(rows), values_of(own, field)[0]))
    else:
        way = rng.choice([-1.0, 1.0])
        for other, its in ((id_, field), *(others if kind == "correlated" else ())):
            mine = np.flatnonzero((frames["id"] == other) & (frames["time"] >= start) & (frames["time"] < end))
            told["data"][mine] = _led_away(told["data"][mine], frames["data"][frames["id"] == other], its, kind, way)
            ids.append(other)
    return Forged(kind, told, tuple(dict.fromkeys(ids)), start, end, signal)


def _led_away(own: np.ndarray, usual: np.ndarray, field: Field, kind: str, way: float) -> np.ndarray:
    values, known = values_of(own, field), values_of(usual, field)
    reach = max(16.0, float(np.ptp(known)) / 4)
    ramp = np.full(len(own), reach) if kind == "offset" else np.linspace(0, reach, len(own))
    low, high = (
        (-(1 << field.length - 1), (1 << field.length - 1) - 1) if field.signed else (0, (1 << field.length) - 1)
    )
    if len(values) and not low <= values[-1] + way * reach <= high:
        way = -way
    return with_values(own, field, np.clip(values + way * ramp, low, high))


def companions(frames: np.ndarray, signal: Named, signals: Sequence[Named]) -> list[Named]:
    """Those that go up and down with a signal, sampled ten times a second; or against it, which are left out."""
    from assay.kinds.vehicles.sampling import sampled

    samples = sampled(frames, np.unique(np.array([i for i, _ in signals], np.uint32)))
    mine = samples.values(*signal)
    found = []
    for other in signals:
        its = samples.values(*other)
        if other != signal and mine.std() > 0 and its.std() > 0 and float(np.corrcoef(mine, its)[0, 1]) > 0.97:
            found.append(other)
    return found


def effect(told: np.ndarray, true: np.ndarray, signal: Named) -> float:
    """By how much a signal was led astray, at most; both logs hold the same frames."""
    was, now = (values_of(f["data"][f["id"] == signal[0]], signal[1]) for f in (true, told))
    return float(np.abs(now - was).max(initial=0.0))


def trials(frames: np.ndarray, signals: Sequence[Named], starts: int, seed: int) -> Iterator[Forged]:
    """Each kind on each signal at `starts` moments, with ten seconds of true traffic before and five after; those that have an
    effect."""
    rng = np.random.default_rng(seed)
    time = frames["time"]
    first, last = int(time[0]) + 10_000_000, int(time[-1]) - 10_000_000
    for signal in signals:
        others = companions(frames, signal, signals)
        span = float(np.ptp(values_of(frames["data"][frames["id"] == signal[0]], signal[1])))
        for kind in KINDS:
            for start in rng.integers(first, max(first + 1, last), starts).tolist():
                part = frames[(time >= start - 10_000_000) & (time < start + 10_000_000)]
                own = part["time"][part["id"] == signal[0]]
                if not ((own >= start) & (own < start + SECONDS * 1_000_000)).any():
                    continue  # who is silent has nothing to forge
                made = forge(part, kind, signal, start, rng, others)
                if kind in ("suppression", "random") or effect(made.frames, part, signal) >= LEAST_EFFECT * span:
                    yield made


__all__ = ["KINDS", "LEAST_EFFECT", "SECONDS", "Forged", "Named", "companions", "forge", "trials"]
