"""`vehicles.can`: what happened on a bus that does not fit the vehicle's normal, as events with their times and ids.

Without a trained normal, or with that of another car, it says so and judges nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.confirm import APART
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.frames import frames_of, id_text

if TYPE_CHECKING:
    from assay.kinds.vehicles.events import Event

NAME = "vehicles.can"
MOST_TOLD = 50  # events of one trace that are told one by one, the strongest
_COMPARED = 500  # events that are held against one another
_LEAST_SHARED = 0.5  # of the normal's ids that must be on the bus, or it is another car
_SEVERITY = {
    reasons.INJECTION: Severity.HIGH, reasons.FLOOD: Severity.HIGH, reasons.UNKNOWN_ID: Severity.MEDIUM,
    reasons.SUPPRESSION: Severity.MEDIUM, reasons.PAYLOAD: Severity.LOW, reasons.STUCK: Severity.LOW,
    reasons.DISAGREEMENT: Severity.LOW, reasons.LEAP: Severity.LOW, reasons.PACE: Severity.LOW,
    reasons.COUNTER: Severity.MEDIUM, reasons.CHECKSUM: Severity.MEDIUM, reasons.REPLAY: Severity.MEDIUM,
}  # fmt: skip
_HINTS = frozenset((reasons.LEAP, reasons.DISAGREEMENT, reasons.PAYLOAD, reasons.STUCK))


def detectors(models: Path | None) -> list[Detector]:
    """The bus against every normal found under `models`, and diagnostics, which need none."""
    from assay.kinds.vehicles.diagnostics.detector import Diagnostics

    return [CanIntrusion(models), Diagnostics()]


class CanIntrusion:
    """Of several normals the one that shares most ids with the trace is taken."""

    name = NAME
    version = "2"
    reads: tuple[type[Evidence], ...] = (CanTrace,)

    def __init__(self, models: Path | None = None) -> None:
        self._normals: list[Any] = []
        from assay.learning.registry import find, open_folder

        for path in find(models):
            folder = open_folder(path)
            if folder.card.get("detector") == NAME:
                from assay.kinds.vehicles.normal import Normal

                for name in folder.card.get("normals", ["normal.json"]):
                    self._normals.append(Normal.from_json(folder.json(str(name))))

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.of(
            self.name, self.version, len(batch), ((i, self._judged(batch.item(i))) for i in range(len(batch)))
        )

    def _judged(self, trace: CanTrace) -> Finding:
        try:
            frames = frames_of(trace.content)
        except ValueError as error:
            return self._unexamined(reasons.BROKEN, trace, {"why": str(error)[:100]})
        if not self._normals:
            return self._unexamined(reasons.NO_NORMAL, trace, {"frames": len(frames)})
        present = np.unique(frames["id"])
        shared = [float(np.isin(n.ids, present).mean()) for n in self._normals]
        best = int(np.argmax(shared))
        if shared[best] < _LEAST_SHARED:
            return self._unexamined(reasons.OTHER_VEHICLE, trace, {"shared": round(shared[best], 2)})
        from assay.kinds.vehicles.events import events
        from assay.kinds.vehicles.watch import watch

        found = events(watch(frames, self._normals[best]))
        if not found:
            return Finding(detector=self.name, version=self.version, verdict="none")
        first = int(frames["time"][0])
        grave = {id(e): severity(e, found) for e in found}
        strongest = sorted(found, key=lambda e: (-grave[id(e)], -e.alarms, -e.strength, e.start))
        told, where, worst = [], [], Severity.INFORMATIONAL
        for number, event in enumerate(strongest[:MOST_TOLD]):
            code = reasons.EVENTS[event.kind]
            start, end = (event.start - first) / 1e6, (event.end - first) / 1e6
            row = _frame_of(frames, event.ids[0], event.start)
            values = {
                "ids": " ".join(id_text(i) for i in event.ids[:8]), "count": len(event.ids), "alarms": event.alarms,
                "start": round(start, 3), "seconds": round(end - start, 3), "events": len(found),
                "said": _said(frames, row), "false": round(self._normals[best].false_most),
            }  # fmt: skip
            told.append(Reason(code, round(min(1.0, event.strength / (1 + event.strength)), 3), values))
            where.append(Where(rule=f"{code}#{number}", span=(start, end), frame=row))
            worst = max(worst, grave[id(event)])
        weak = worst <= Severity.LOW
        return Finding(
            detector=self.name, version=self.version, verdict="inconclusive" if weak else "suspicious",
            severity=worst.word, reasons=tuple(told), where=tuple(where), entities=_entities(trace),
        )  # fmt: skip

    def _unexamined(self, code: str, trace: CanTrace, values: dict[str, Any]) -> Finding:
        return Finding(
            detector=self.name, version=self.version, verdict="inconclusive", reasons=(Reason(code, 0.0, values),),
            entities=_entities(trace),
        )  # fmt: skip


def severity(event: Event, found: list[Event]) -> Severity:
    """Of a hint too where it is more than one: a lie that leaps in and out again, or two kinds of hint of one id at one time."""
    code = reasons.EVENTS[event.kind]
    usual = _SEVERITY[code]
    if usual > Severity.LOW or code == reasons.PACE:
        return usual
    if code == reasons.LEAP and event.alarms > 1:
        return Severity.MEDIUM
    for other in found if len(found) <= _COMPARED else ():
        kind = reasons.EVENTS[other.kind]
        near = other.start <= event.end + APART and event.start <= other.end + APART
        if kind != code and kind in _HINTS and near and set(event.ids) & set(other.ids):
            return Severity.MEDIUM
    return usual


def _frame_of(frames: np.ndarray, id_: int, time: int) -> int | None:
    """Where the first frame of this id from that time on stands."""
    rows = np.flatnonzero((frames["id"] == id_) & (frames["time"] >= time))
    return int(rows[0]) if len(rows) else None


def _said(frames: np.ndarray, row: int | None) -> str:
    """That frame's payload and, behind it, the one before it of the same id: bytes in hexadecimal."""
    if row is None:
        return ""
    before = np.flatnonzero(frames["id"][:row] == frames["id"][row])[-1:]
    rows = [row, *before.tolist()]
    return " < ".join(
        int(frames["data"][r]).to_bytes(8, "little")[: min(int(frames["length"][r]), 8)].hex(" ") for r in rows
    )


def _entities(trace: CanTrace) -> tuple[Entity, ...]:
    return tuple(trace.entities())


__all__ = ["MOST_TOLD", "CanIntrusion", "detectors", "severity"]
