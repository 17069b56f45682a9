"""`vehicles.can`: what happened on a bus that does not fit the vehicle's normal, as events with their times and ids.

Without a trained normal, or with that of another car, it says so and judges nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.evidence import CanTrace
from assay.kinds.vehicles.frames import PART, frames_of, has_parts, heads, id_text, payload_of

NAME = "vehicles.can"
MOST_TOLD = 50  # events of one trace that are told one by one, the strongest
_LEAST_SHARED = 0.5  # of the normal's ids that must be on the bus, or it is another car


def detectors(models: Path | None) -> list[Detector]:
    """The bus against every normal found under `models`, and diagnostics, which need none."""
    from assay.kinds.vehicles.diagnostics.detector import Diagnostics

    return [CanIntrusion(models), Diagnostics()]


class CanIntrusion:
    """Of several normals the one that shares most ids with the trace is taken."""

    name = NAME
    version = "3"
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
            return self._unexamined(reasons.NO_NORMAL, trace, {"frames": len(heads(frames))})
        present = np.unique(frames["id"])
        shared = [float(np.isin(n.ids[n.timed], present).mean()) for n in self._normals]
        best = int(np.argmax(shared))
        if shared[best] < _LEAST_SHARED:
            return self._unexamined(reasons.OTHER_VEHICLE, trace, {"shared": round(shared[best], 2)})
        from assay.kinds.vehicles.events import events
        from assay.kinds.vehicles.watch import watch

        found = events(watch(frames, self._normals[best]))
        if not found:
            return Finding(detector=self.name, version=self.version, verdict="none")
        first = int(frames["time"][0])
        strongest = sorted(found, key=lambda e: (-e.severity, -e.alarms, -e.strength, e.start))
        told, where, worst = [], [], Severity.INFORMATIONAL
        for number, event in enumerate(strongest[:MOST_TOLD]):
            start, end = (event.start - first) / 1e6, (event.end - first) / 1e6
            row = _row_of(frames, event.ids[0], event.start)
            values = {
                "ids": " ".join(id_text(i) for i in event.ids[:8]), "count": len(event.ids), "alarms": event.alarms,
                "start": round(start, 3), "seconds": round(end - start, 3), "events": len(found),
                "said": _said(frames, row), "false": round(self._normals[best].false_most),
            }  # fmt: skip
            told.append(Reason(event.code, round(min(1.0, event.strength / (1 + event.strength)), 3), values))
            where.append(Where(rule=f"{event.code}#{number}", span=(start, end), frame=_number(frames, row)))
            worst = max(worst, event.severity)
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


def _row_of(frames: np.ndarray, id_: int, time: int) -> int | None:
    """Where the first frame of this id from that time on begins."""
    rows = np.flatnonzero((frames["id"] == id_) & (frames["time"] >= time) & (frames["flags"] >> PART == 0))
    return int(rows[0]) if len(rows) else None


def _number(frames: np.ndarray, row: int | None) -> int | None:
    """Which frame of the log begins at this row: a long one has several."""
    return len(heads(frames[:row])) if row is not None and has_parts(frames) else row


def _said(frames: np.ndarray, row: int | None) -> str:
    """That frame's payload and, behind it, the one before it of the same id: bytes in hexadecimal, of long ones the eight in which
    most bits differ, led by their place."""
    if row is None:
        return ""
    mine = (frames["id"][:row] == frames["id"][row]) & (frames["flags"][:row] >> PART == 0)
    said = [payload_of(frames, r) for r in (row, *np.flatnonzero(mine)[-1:].tolist())]
    parts = [[one[k : k + 8] for k in range(0, max(len(one), 1), 8)] for one in said]
    differ = [(int.from_bytes(a) ^ int.from_bytes(b)).bit_count() for a, b in zip(parts[0], parts[-1], strict=False)]
    most = differ.index(max(differ))
    return (f"+{8 * most} " if most else "") + " < ".join(own[most].hex(" ") for own in parts)


def _entities(trace: CanTrace) -> tuple[Entity, ...]:
    return tuple(trace.entities())


__all__ = ["MOST_TOLD", "CanIntrusion", "detectors"]
