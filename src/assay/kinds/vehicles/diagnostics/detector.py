"""`vehicles.diagnostics`: what was asked of a car's computers that nobody asks on the road. It needs no normal.

Whether the car moved is read from the bus where it says so in a standard way (OBD-II speed, J1939 wheel speed). Where it does,
what is for the workshop is grave; where it stood, that is the workshop's business; where nothing says, it is told as a hint.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.profile import Profile
from assay.kinds.vehicles import reasons
from assay.kinds.vehicles.evidence import CanTrace, DiagnosticTrace
from assay.kinds.vehicles.frames import FRAME, frames_of, heads, id_text

NAME = "vehicles.diagnostics"
_CODES = {
    "guessed": reasons.SECURITY_ACCESS, "reset": reasons.RESET, "flashing": reasons.FLASHING,
    "session": reasons.SESSION, "control": reasons.CONTROL, "flood": reasons.DIAGNOSTIC_FLOOD,
    "scan": reasons.DIAGNOSTIC_SCAN,
}  # fmt: skip
_ANYWHERE = frozenset(("guessed", "flood", "scan"))  # what no workshop does either
_MOVING = 5.0  # km/h
_NEAR = 5_000_000  # microseconds between what was done and a speed that tells of it
_RESETS = 3


class Diagnostics:
    """One finding a trace, with one reason for each thing that was done."""

    name = NAME
    version = "2"
    reads: tuple[type[Evidence], ...] = (CanTrace, DiagnosticTrace)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._judged(batch.item(i)) for i in range(len(batch))))

    def _judged(self, trace: CanTrace | DiagnosticTrace) -> Finding | None:
        from assay.kinds.vehicles.diagnostics import doip, isotp
        from assay.kinds.vehicles.diagnostics.uds import doings, requests

        frames, text = np.zeros(0, FRAME), id_text
        if isinstance(trace, CanTrace):
            try:
                frames = frames_of(trace.content)
            except ValueError:
                return None  # `vehicles.can` says so
            said = list(isotp.messages(frames))
        else:
            text = doip.pair_text
            try:
                said = doip.said(trace.content)
            except UnreadableInput as error:
                return Finding(
                    detector=self.name, version=self.version, verdict="inconclusive", entities=tuple(trace.entities()),
                    reasons=(Reason(reasons.BROKEN, 0.0, {"why": error.message[:100]}),),
                )  # fmt: skip
        found = doings(requests(said)) if said else {}
        if not found:
            return None
        time, speed = _speeds(heads(frames), said)
        first = int(frames["time"][0]) if len(frames) else said[0].time
        told: list[Reason] = []
        where: list[Where] = []
        worst = Severity.INFORMATIONAL
        for kind, done in found.items():
            moving = _moved(np.array(done.times), time, speed)
            if kind not in _ANYWHERE and moving == "no" and (kind != "reset" or len(done.times) < _RESETS):
                continue
            severity = _severity(kind, moving, done.sure, len(done.times))
            code = _CODES[kind]
            start, end = (min(done.times) - first) / 1e6, (max(done.times) - first) / 1e6
            told.append(
                Reason(code, round(severity / 5, 2), {
                    "times": len(done.times), "ids": " ".join(text(i) for i in sorted(done.ids)[:8]),
                    "start": round(start, 3), "seconds": round(end - start, 3), "moving": moving,
                    "answered": "yes" if done.sure else "no",
                })
            )  # fmt: skip
            row = len(heads(frames[: done.rows[0]])) if len(frames) else done.rows[0]
            where.append(Where(rule=f"{code}#{len(where)}", span=(start, end), frame=row))
            worst = max(worst, severity)
        if not told:
            return None
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious" if worst > Severity.LOW else "inconclusive",
            severity=worst.word, reasons=tuple(told), where=tuple(where), entities=tuple(trace.entities()),
        )  # fmt: skip


def _severity(kind: str, moving: str, answered: bool, times: int) -> Severity:
    if kind in _ANYWHERE:
        return Severity.HIGH if kind == "guessed" and answered else Severity.MEDIUM
    if moving == "yes":
        return Severity.HIGH if answered else Severity.MEDIUM
    return Severity.MEDIUM if kind == "reset" and times >= _RESETS else Severity.LOW


def _speeds(frames: np.ndarray, said: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    """(microseconds int64[n] sorted, km/h float64[n])."""
    from assay.kinds.vehicles.diagnostics.j1939 import road_speed
    from assay.kinds.vehicles.diagnostics.obd import answers

    time, speed = road_speed(frames)
    asked = answers(said).get(0x0D)
    if asked is not None:
        time, speed = np.append(time, asked.time), np.append(speed, asked.value)
    order = np.argsort(time, kind="stable")
    return time[order], speed[order]


def _moved(times: np.ndarray, time: np.ndarray, speed: np.ndarray) -> str:
    """Did the car move when it was done? `yes`, `no` or `unknown`."""
    known = False
    for t in times.tolist():
        a, b = np.searchsorted(time, t - _NEAR), np.searchsorted(time, t + _NEAR, side="right")
        if a < b:
            known = True
            if float(speed[a:b].max()) >= _MOVING:
                return "yes"
    return "no" if known else "unknown"


__all__ = ["Diagnostics"]
