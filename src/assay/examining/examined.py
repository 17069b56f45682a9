"""Evidence after profile and detect: what a policy looks at, and what is kept of it beside the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.decision import Part
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.core.trace import Sighting, Trace
from assay.examining.ahead import (
    DETECTOR,
    VERSION,
    Prepared,
    PreparedPart,
    Stated,
    columns_of,
    looks_back,
    stated,
    told,
    within,
)
from assay.lane import Lane
from assay.memory.traces import Traces, owner_of

_INCONCLUSIVE = int(Verdict.INCONCLUSIVE)  # numpy is slow with enums


@dataclass
class Examined:
    """A batch after profile and detect. `parts`: findings over parts, and for each part the row of its whole; `prepared`:
    what was worked out of each row ahead of its turn (None: nothing needed to be)."""

    batch: Batch[Any]
    profile: Profile
    findings: dict[str, Findings]
    parts: list[tuple[Findings, np.ndarray]] = field(default_factory=list)
    prepared: Sequence[Prepared] | None = None

    def explain(self, rows: np.ndarray) -> dict[int, tuple[Finding, ...]]:
        """The findings that say something against these rows, in full, with their parts'."""
        said: dict[int, list[Finding]] = {int(i): [] for i in rows}
        for findings in self.findings.values():
            speaks = rows[findings.verdict[rows] >= _INCONCLUSIVE]
            for i, finding in zip(speaks, findings.explain(speaks), strict=True):
                said[int(i)].append(finding)
        for findings, wholes in self.parts:
            speaks = np.flatnonzero((findings.verdict >= Verdict.INCONCLUSIVE) & np.isin(wholes, rows))
            for part, finding in zip(speaks, findings.explain(speaks), strict=True):
                said[int(wholes[part])].append(finding)
        return {i: tuple(found) for i, found in said.items()}

    def inside(self, i: int) -> tuple[Part, ...]:
        """The parts of row i."""
        return () if self.prepared is None else tuple(Part(p.id, p.kind, p.name) for p in self.prepared[i].parts)

    def traces(self, i: int) -> tuple[Trace, ...]:
        """The keyed traces of row i and of its parts."""
        return () if self.prepared is None else _all_traces(self.prepared[i])


def _all_traces(prepared: Prepared) -> tuple[Trace, ...]:
    return (*prepared.traces, *(trace for part in prepared.parts for trace in part.traces))


def take_turn(
    batch: Batch[Any],
    profile: Profile,
    prepared: Sequence[Prepared],
    lanes: Mapping[type[Evidence], Lane],
    memory: Traces,
) -> Examined:
    """What was prepared, completed now that the turn has come: where its traces were seen before, and what detectors say
    that look back. Remembers the traces, row by row, so that the second of two in one batch sees the first."""
    seen: dict[int, tuple[Sighting, ...]] = {}
    seen_inside: dict[tuple[int, int], tuple[Sighting, ...]] = {}
    for i, row in enumerate(prepared):
        if not (own := _all_traces(row)):
            continue
        owner = owner_of(batch, i)
        seen[i] = memory.sightings(row.traces, owner)
        for j, part in enumerate(row.parts):
            seen_inside[i, j] = memory.sightings(part.traces, owner)
        memory.remember(own, owner, batch.ids[i], int(batch.time[i]))
    profile = profile.seeing(seen)
    findings = {
        d.name: d.examine(batch, profile)
        if looks_back(d) or not batch.type.HEAVY
        else stated(d.name, d.version, [row.stated.get(d.name) for row in prepared])
        for d in lanes[batch.type].detectors
    }
    if any(row.lost for row in prepared):
        lost = [Stated(row.lost, tuple(r.code for r in row.lost.reasons)) if row.lost else None for row in prepared]
        findings[DETECTOR] = stated(DETECTOR, VERSION, lost)
    return Examined(batch, profile, findings, _parts(batch, prepared, lanes, seen_inside), prepared)


def _parts(
    batch: Batch[Any],
    prepared: Sequence[Prepared],
    lanes: Mapping[type[Evidence], Lane],
    seen: Mapping[tuple[int, int], tuple[Sighting, ...]],
) -> list[tuple[Findings, np.ndarray]]:
    """Findings over the parts of all rows, one entry a detector and type, in the order of types met."""
    types = {type_.tag(): type_ for type_ in lanes}
    places: dict[str, list[tuple[int, int]]] = {}
    for i, row in enumerate(prepared):
        for j, part in enumerate(row.parts):
            places.setdefault(part.kind, []).append((i, j))
    out = []
    for tag, at in places.items():
        parts = [prepared[i].parts[j] for i, j in at]
        wholes = np.array([i for i, _ in at], np.int64)
        sightings = {k: seen[place] for k, place in enumerate(at) if seen.get(place)}
        for detector in lanes[types[tag]].detectors:
            rows = [part.stated.get(detector.name) for part in parts]
            if looks_back(detector):
                rows = _looking_back(detector, types[tag], parts, batch.time[wholes].tolist(), sightings)
            out.append((stated(detector.name, detector.version, rows), wholes))
    return out


def _looking_back(
    detector: Detector,
    type_: type[Evidence],
    parts: Sequence[PreparedPart],
    time: Sequence[int],
    seen: Mapping[int, tuple[Sighting, ...]],
) -> list[Stated | None]:
    profile = Profile.empty(len(parts)).seeing(seen)
    said = told(detector.examine(columns_of(type_, parts, time), profile))
    return [
        None if one is None else Stated(within(one.finding, part.id), one.codes)
        for part, one in zip(parts, said, strict=True)
    ]
