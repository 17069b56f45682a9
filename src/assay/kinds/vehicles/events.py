"""Alarms to events: alarms of one kind that follow one another within ten seconds are one thing that happened; changes of pace,
within ten minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.confirm import APART
from assay.kinds.vehicles.watch import Alarms

OFTEN = 600_000_000  # of changes of pace: whoever sends on change does so again and again
_PACE = reasons.EVENTS.index(reasons.PACE)


@dataclass(frozen=True)
class Event:
    """`kind` an index in `reasons.EVENTS`; `start` and `end` microseconds, of its first and last alarm; `ids` by number of
    alarms, most first; `strength` the greatest."""

    kind: int
    start: int
    end: int
    ids: tuple[int, ...]
    alarms: int
    strength: float


def events(alarms: Alarms) -> list[Event]:
    """In order of their start."""
    found: list[Event] = []
    for kind in np.unique(alarms.kind):
        rows = np.flatnonzero(alarms.kind == kind)
        times = alarms.time[rows]
        apart = OFTEN if kind == _PACE else APART
        cuts = np.flatnonzero(np.diff(times) > apart) + 1
        for part in np.split(rows, cuts):
            ids, counts = np.unique(alarms.id[part], return_counts=True)
            ranked = tuple(int(ids[i]) for i in np.argsort(-counts, kind="stable"))
            start, end = int(alarms.time[part[0]]), int(alarms.time[part[-1]])
            found.append(Event(int(kind), start, end, ranked, len(part), float(alarms.strength[part].max())))
    return sorted(found, key=lambda e: (e.start, e.kind))


def poisson_most(n: int) -> float:
    """The mean of which n or fewer come in one case of twenty (exact)."""
    from scipy.stats import chi2

    return float(chi2.ppf(0.95, 2 * (n + 1)) / 2)


__all__ = ["APART", "Event", "events", "poisson_most"]
