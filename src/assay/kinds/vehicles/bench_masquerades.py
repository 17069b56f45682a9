"""Masquerades made on a clean drive, and how many of them are found: by an alarm of a forged id that the true log does not have, up to
two seconds after the lie's end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from assay.kinds.vehicles.forge import KINDS, Named, trials
from assay.kinds.vehicles.normal import Normal
from assay.kinds.vehicles.watch import Alarms, watch

LATE = 2_000_000  # microseconds
_MOST_SIGNALS = 24
Found = tuple[str, float | None]  # kind of masquerade, seconds until it was found


def masquerades(
    unseen: np.ndarray, normal: Normal, signals: Sequence[Named], seed: int, *, starts: int = 2
) -> dict[str, Any]:
    """Of `_MOST_SIGNALS` of the signals, each way of lying at `starts` moments of FRAME[n]."""
    if not signals:
        return {"signals": 0}
    rng = np.random.default_rng(seed)
    chosen = sorted(rng.choice(len(signals), min(_MOST_SIGNALS, len(signals)), replace=False).tolist())
    return {"signals": len(chosen)} | counted(tried(unseen, normal, [signals[k] for k in chosen], seed, starts))


def tried(unseen: np.ndarray, normal: Normal, signals: Sequence[Named], seed: int, starts: int) -> Iterable[Found]:
    usual = _alarms(watch(unseen, normal))
    for trial in trials(unseen, signals, starts, seed):
        found = [
            when
            for _, id_, when in _alarms(watch(trial.frames, normal)) - usual
            if id_ in trial.ids and trial.start <= when <= trial.end + LATE
        ]
        yield trial.kind, (min(found) - trial.start) / 1e6 if found else None


def counted(found: Iterable[Found]) -> dict[str, Any]:
    """Shares found, and the median delay in seconds, of each kind and of all."""
    waits: dict[str, list[float | None]] = {kind: [] for kind in KINDS}
    for kind, wait in found:
        waits[kind].append(wait)
    told: dict[str, Any] = {}
    for kind, own in waits.items():
        known = [wait for wait in own if wait is not None]
        if own:
            told[kind] = {
                "trials": len(own),
                "found": round(len(known) / len(own), 3),
                "median delay": round(float(np.median(known)), 2) if known else None,
            }
    every = [wait is not None for own in waits.values() for wait in own]
    return told | {"trials": len(every), "all": round(float(np.mean(every)), 3) if every else None}


def _alarms(alarms: Alarms) -> set[tuple[int, int, int]]:
    return set(zip(alarms.kind.tolist(), alarms.id.tolist(), alarms.time.tolist(), strict=True))


__all__ = ["LATE", "Found", "counted", "masquerades", "tried"]
