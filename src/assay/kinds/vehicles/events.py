"""Alarms to events: alarms of one kind that follow one another within ten seconds are one thing that happened; changes of pace,
within ten minutes. What is told of an id, or of what it says, and comes again within ten minutes and no graver is the same thing again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.finding import Severity
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.confirm import APART
from assay.kinds.vehicles.watch import Alarms

OFTEN = 600_000_000  # of changes of pace: whoever sends on change does so again and again
_COMPARED = 500  # events that are held against one another
_SEVERITY = {
    reasons.INJECTION: Severity.HIGH, reasons.FLOOD: Severity.HIGH, reasons.UNKNOWN_ID: Severity.MEDIUM,
    reasons.SUPPRESSION: Severity.MEDIUM, reasons.PAYLOAD: Severity.LOW, reasons.STUCK: Severity.LOW,
    reasons.DISAGREEMENT: Severity.LOW, reasons.LEAP: Severity.LOW, reasons.PACE: Severity.LOW,
    reasons.COUNTER: Severity.MEDIUM, reasons.CHECKSUM: Severity.MEDIUM, reasons.REPLAY: Severity.MEDIUM,
}  # fmt: skip
_HINTS = frozenset((reasons.LEAP, reasons.DISAGREEMENT, reasons.PAYLOAD, reasons.STUCK))
_RECURRING = _HINTS | {reasons.COUNTER, reasons.CHECKSUM, reasons.REPLAY, reasons.UNKNOWN_ID}


@dataclass(frozen=True)
class Event:
    """`kind` an index in `reasons.EVENTS`; `start` and `end` microseconds, of its first and last alarm; `ids` by number of
    alarms, most first; `strength` the greatest; `alarms` also those of when it came again."""

    kind: int
    start: int
    end: int
    ids: tuple[int, ...]
    alarms: int
    strength: float
    severity: Severity = Severity.LOW

    @property
    def code(self) -> str:
        return reasons.EVENTS[self.kind]


def events(alarms: Alarms) -> list[Event]:
    """In order of their start."""
    found: list[Event] = []
    for kind in np.unique(alarms.kind):
        rows = np.flatnonzero(alarms.kind == kind)
        apart = OFTEN if reasons.EVENTS[kind] == reasons.PACE else APART
        for part in np.split(rows, np.flatnonzero(np.diff(alarms.time[rows]) > apart) + 1):
            ids, counts = np.unique(alarms.id[part], return_counts=True)
            ranked = tuple(int(ids[i]) for i in np.argsort(-counts, kind="stable"))
            start, end = int(alarms.time[part[0]]), int(alarms.time[part[-1]])
            found.append(Event(int(kind), start, end, ranked, len(part), float(alarms.strength[part].max())))
    found.sort(key=lambda e: (e.start, e.kind))
    return _once([replace(e, severity=_severity(e, found)) for e in found])


def _severity(event: Event, found: Sequence[Event]) -> Severity:
    """Of a hint too where it is more than one: a lie that leaps in and out again, or two kinds of hint of one id at one time."""
    usual = _SEVERITY[event.code]
    if usual > Severity.LOW or event.code == reasons.PACE:
        return usual
    if event.code == reasons.LEAP and event.alarms > 1:
        return Severity.MEDIUM
    for other in found if len(found) <= _COMPARED else ():
        near = other.start <= event.end + APART and event.start <= other.end + APART
        if other.code != event.code and other.code in _HINTS and near and set(event.ids) & set(other.ids):
            return Severity.MEDIUM
    return usual


def _once(found: Sequence[Event]) -> list[Event]:
    """With what comes again added to what came first."""
    told: list[Event] = []
    last: dict[tuple[int, int], tuple[int, int]] = {}  # kind, most blamed id -> where it stands, when it came last
    for event in found:
        place, until = last.get((event.kind, event.ids[0]), (-1, 0))
        again = place >= 0 and event.code in _RECURRING and event.start - until <= OFTEN
        if again and event.severity <= told[place].severity:
            first = told[place]
            told[place] = replace(
                first, alarms=first.alarms + event.alarms, strength=max(first.strength, event.strength)
            )
        else:
            place = len(told)
            told.append(event)
        last[event.kind, event.ids[0]] = place, event.end
    return told


def poisson_most(n: int) -> float:
    """The mean of which n or fewer come in one case of twenty (exact)."""
    from scipy.stats import chi2

    return float(chi2.ppf(0.95, 2 * (n + 1)) / 2)


__all__ = ["APART", "OFTEN", "Event", "events", "poisson_most"]
