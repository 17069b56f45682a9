"""What can be worked out about evidence before its turn comes: its parts, its traces, and what detectors say that look at
nothing but the evidence itself. Pure, and the answer (`Prepared`) is plain data: it may be made in another thread or
another process, while the engine goes on with lighter things.

When the turn comes, `stated` and `columns_of` make columns of it again for the policy and for detectors that look back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence, Seal, column
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.kind import Detector, EnclosedReader, load
from assay.core.profile import Profile
from assay.core.progress import doing, heard
from assay.core.trace import Trace
from assay.examining.parts import FAILED as PART_FAILED
from assay.examining.parts import Gathered, by_type, gather
from assay.lane import Lane
from assay.memory.traces import keyed

log = logging.getLogger("assay")
FAILED, TOO_LONG, CRASHED = "examination.failed", "examination.too-long", "examination.crashed"
REASONS = (FAILED, TOO_LONG, CRASHED)
DETECTOR, VERSION = "examination", "1"
_ID = 100  # characters of an id that a part's id begins with
SLIGHT = 0.1  # the weight of such a reason: enough to be told, not enough to come before a real one
Step = Callable[[str], None]
"""Hears what is being done, such as "documents.pdf"."""


class Stated(msgspec.Struct, frozen=True, array_like=True):
    """One detector's word on one piece of evidence; `codes` are those that hold. Where it says nothing there is none."""

    finding: Finding
    codes: tuple[str, ...] = ()


@dataclass
class Lost:
    """Why some of a piece of evidence could not be examined, and which parts of it."""

    reasons: list[Reason] = field(default_factory=list)
    where: list[Where] = field(default_factory=list)

    @property
    def finding(self) -> Finding | None:
        return unexamined(self.reasons, self.where) if self.reasons else None


class PreparedPart(msgspec.Struct, frozen=True, array_like=True):
    """A part, and what detectors say of it. `row`: its columns, for detectors that look back."""

    id: str
    kind: str
    name: str
    row: dict[str, Any]
    stated: dict[str, Stated]
    traces: tuple[Trace, ...] = ()


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """One piece of evidence, looked at. Traces are keyed. `lost`: that some of it could not be examined, and why. `took_us`:
    its share of the time that took, microseconds."""

    stated: dict[str, Stated] = {}
    traces: tuple[Trace, ...] = ()
    parts: tuple[PreparedPart, ...] = ()
    lost: Finding | None = None
    took_us: int = 0


def looks_back(detector: Detector) -> bool:
    """Does it need the profile or sightings, and so has to wait for its turn?"""
    return bool(getattr(detector, "looks_back", False))


def unexamined(reasons: Sequence[Reason], where: Sequence[Where] = ()) -> Finding:
    """That something could not be examined, for these reasons: the engine's own statement, and no detector's."""
    return Finding(
        detector=DETECTOR,
        version=VERSION,
        verdict=Verdict.INCONCLUSIVE.word,
        severity=Severity.LOW.word,
        reasons=tuple(reasons),
        where=tuple(where),
    )


def prepare(
    batch: Batch[Any], lanes: Mapping[type[Evidence], Lane], seal: Seal | None, step: Step = lambda _what: None
) -> list[Prepared]:
    """Row by row. Never raises for what evidence holds: a detector that fails on a row is inconclusive there. `step` also
    hears what rooms tell by `assay.core.progress.doing`."""
    began = time.perf_counter_ns()
    with heard(step):
        prepared = _prepare(batch, lanes, seal)
    took = (time.perf_counter_ns() - began) // 1000 // max(1, len(batch))
    return [msgspec.structs.replace(row, took_us=took) for row in prepared]


def _prepare(batch: Batch[Any], lanes: Mapping[type[Evidence], Lane], seal: Seal | None) -> list[Prepared]:
    doing("parts")
    watching = [lane for lane in lanes.values() if any(getattr(d, "everything", False) for d in lane.detectors)]
    gathered = [_gathered(batch, i, lanes, watching) for i in range(len(batch))]
    sealed = batch if seal is None else batch.protected(seal)
    lost = [
        Lost([Reason(code, SLIGHT, {"count": n}) for code, n in sorted(g.lost.items())], g.places) for g in gathered
    ]
    stated: list[dict[str, Stated]] = [{} for _ in gathered]
    if batch.type.HEAVY:
        _state(lanes[batch.type], sealed, stated, lost)
    traces = _traces(lanes[batch.type], sealed, lost, seal)
    parts = _parts(gathered, lanes, seal, lost)
    return [
        Prepared(stated[i], traces[i], tuple(parts[i]), lost[i].finding)
        for i in range(len(batch))
    ]  # fmt: skip


def _gathered(
    batch: Batch[Any], i: int, lanes: Mapping[type[Evidence], Lane], watching: Sequence[Lane] = ()
) -> Gathered:
    whole = batch.item(i)
    found = Gathered() if batch.type.parts is Evidence.parts else gather(whole, lanes)
    for lane in watching:
        for one in (whole, *found.parts):
            if one.HEAVY and type(one) is not lane.type and one.id not in found.beside:
                _look_beside(one, lane, found)
    return found


def _look_beside(one: Evidence, lane: Lane, found: Gathered) -> None:
    """The files that evidence of another room keeps, as parts of a room that looks at everything."""
    reader = next((reader for reader in lane.kind.open_readers() if isinstance(reader, EnclosedReader)), None)
    try:
        kept = () if reader is None else one.exhibits()
        for number, file in enumerate(kept):
            assert reader is not None
            part = reader.enclosed(file, one, f"{one.id[:_ID]}/file-{number}")
            found.parts.append(part)
            found.beside.add(part.id)
    except Exception:  # of a room, on a hostile file
        found.lost[PART_FAILED] += 1


def _parts(
    gathered: Sequence[Gathered],
    lanes: Mapping[type[Evidence], Lane],
    seal: Seal | None,
    lost: list[Lost],
) -> list[list[PreparedPart]]:
    """Parts are judged by what they are: their profile is empty, since the whole moves profiles and they do not."""
    found: list[list[PreparedPart | None]] = [[None] * len(g.parts) for g in gathered]
    for batch, places in by_type([g.parts for g in gathered]):
        sealed = batch if seal is None else batch.protected(seal)
        stated: list[dict[str, Stated]] = [{} for _ in places]
        own = [Lost() for _ in places]
        _state(lanes[batch.type], sealed, stated, own)
        traces = _traces(lanes[batch.type], sealed, own, seal)
        asked = {d.name for d in lanes[batch.type].detectors if getattr(d, "everything", False)}
        for row, (i, j) in enumerate(places):
            id_ = batch.ids[row]
            if id_ in gathered[i].beside:
                stated[row] = {name: said for name, said in stated[row].items() if name in asked}
                if not stated[row]:
                    continue  # nothing was found in it, and its whole is told of anyway
            if own[row].reasons:
                lost[i].reasons += own[row].reasons
                lost[i].where.append(Where(part=id_))
            told = {name: msgspec.structs.replace(s, finding=within(s.finding, id_)) for name, s in stated[row].items()}
            placed = tuple(
                msgspec.structs.replace(t, where=msgspec.structs.replace(t.where, part=id_)) for t in traces[row]
            )
            name = str(getattr(batch.item(row), "name", ""))[:255]
            found[i][j] = PreparedPart(id_, batch.type.tag(), name, sealed.row(row), told, placed)
    return [[part for part in parts if part is not None] for parts in found]


def within(finding: Finding, part: str) -> Finding:
    """The finding, every place of it in this part."""
    where = tuple(w if w.part else msgspec.structs.replace(w, part=part) for w in finding.where) or (Where(part=part),)
    return msgspec.structs.replace(finding, where=where)


def _state(lane: Lane, batch: Batch[Any], stated: list[dict[str, Stated]], lost: list[Lost]) -> None:
    for detector in lane.detectors:
        if not looks_back(detector):
            doing(detector.name)
            for i, said in enumerate(_examined(detector, batch)):
                if isinstance(said, Reason):
                    lost[i].reasons.append(said)
                elif said is not None:
                    stated[i][detector.name] = said


def _examined(detector: Detector, batch: Batch[Any]) -> list[Stated | Reason | None]:
    """What a detector says of each row, or that it failed there."""
    try:
        return list(told(detector.examine(batch, Profile.empty(len(batch)))))
    except Exception as error:
        if len(batch) > 1:
            return [said for i in range(len(batch)) for said in _examined(detector, batch.take(np.array([i])))]
        log.exception("detector %s failed", detector.name, exc_info=error)
        return [Reason(FAILED, SLIGHT, {"detector": detector.name})]


def told(findings: Findings) -> list[Stated | None]:
    """The statements of columns, row by row; None where a detector has nothing to say."""
    rows = np.flatnonzero(findings.verdict > Verdict.NONE)
    out: list[Stated | None] = [None] * len(findings)
    for i, finding in zip(rows.tolist(), findings.explain(rows), strict=True):
        out[i] = Stated(finding, tuple(code for code, hit in findings.codes.items() if hit[i]))
    return out


def stated(name: str, version: str, rows: Sequence[Stated | None]) -> Findings:
    """Columns of statements: what `told` undoes."""
    findings = Findings.of(name, version, len(rows), ((i, s.finding) for i, s in enumerate(rows) if s is not None))
    for i, one in enumerate(rows):
        for code in one.codes if one is not None else ():
            findings.codes.setdefault(code, np.zeros(len(rows), bool))[i] = True
    return findings


def _traces(lane: Lane, batch: Batch[Any], lost: list[Lost], seal: Seal | None) -> list[tuple[Trace, ...]]:
    name = lane.kind.traces
    if name is None:
        return [()] * len(batch)
    doing("traces")
    try:
        return [tuple(keyed(trace, seal) for trace in row) for row in load(name)(batch)]
    except Exception as error:
        if len(batch) > 1:
            return [_traces(lane, batch.take(np.array([i])), lost[i : i + 1], seal)[0] for i in range(len(batch))]
        log.exception("the traces of %s failed", lane.kind.name, exc_info=error)
        lost[0].reasons.append(Reason(FAILED, SLIGHT, {"detector": f"{lane.kind.name}.traces"}))
        return [()]


def columns_of(type_: type[Evidence], parts: Sequence[PreparedPart], time: Sequence[int]) -> Batch[Any]:
    """Parts of one type as a batch again: their columns, and no content."""
    names = dict.fromkeys(name for part in parts for name in part.row)
    columns = {}
    for name in names:
        values = [part.row.get(name) for part in parts]
        numeric = all(v is None or isinstance(v, (bool, int, float)) for v in values)
        columns[name] = column(values, numeric=numeric)
    return Batch(type_, [part.id for part in parts], np.array(time, np.int64), columns)
