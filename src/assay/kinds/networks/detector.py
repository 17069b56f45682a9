"""`networks.flows`: connections that stay open for hours. `networks.beacons`: pairs that talk like clockwork."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.networks.evidence import Contact, Flow

LONG, BEACON, STROBE = "networks.long-connection", "networks.beacon", "networks.strobe"
HOURS = (1.0, 4.0, 8.0, 12.0)  # of an open connection: remarkable, low, medium, high
SCORES = (0.5, 0.75, 0.9, 1.0)  # of a pair: remarkable, low, medium, high
STROBES = 86_400  # connections a day: one a second


def detectors(models: Path | None) -> list[Detector]:
    """Neither learns."""
    return [LongConnections(), Beacons()]


class LongConnections:
    """Severity by hours: informational from one, low from four, medium from eight, high from twelve."""

    name = "networks.flows"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Flow,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        hours = np.nan_to_num(batch.columns["duration"] / 3600)
        severity = np.maximum(np.searchsorted(HOURS, hours, side="right"), 1).astype(np.int8)
        found = hours >= HOURS[0]

        def explain(rows: np.ndarray) -> list[Finding]:
            return [
                _finding(
                    self,
                    batch,
                    int(i),
                    int(severity[i]),
                    Reason(LONG, _weight(severity[i]), {"hours": round(float(hours[i]), 1)}),
                )
                if found[i]
                else Finding(detector=self.name, version=self.version, verdict="none")
                for i in rows
            ]

        verdict = np.where(found, Verdict.SUSPICIOUS, Verdict.NONE)
        return Findings(self.name, self.version, verdict, severity=severity, codes={LONG: found}, explain=explain)


class Beacons:
    """Severity by the beacon score: informational from .5, low from .75, medium from .9, high at 1. Software that updates
    itself and clocks that are set are beacons too: a score is a reason to look, and no more than medium by itself."""

    name = "networks.beacons"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Contact,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        score = np.nan_to_num(batch.columns["score"])
        strobe = batch.columns["count"] >= STROBES
        severity = np.minimum(np.maximum(np.searchsorted(SCORES, score, side="right"), 1), Severity.MEDIUM).astype(
            np.int8
        )
        severity[strobe] = Severity.MEDIUM
        beacon = score >= SCORES[0]

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._told(batch, int(i), int(severity[i]), bool(strobe[i]), bool(beacon[i])) for i in rows]

        verdict = np.where(beacon | strobe, Verdict.SUSPICIOUS, Verdict.NONE)
        codes = {BEACON: beacon, STROBE: strobe}
        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _told(self, batch: Batch[Any], i: int, severity: int, strobe: bool, beacon: bool) -> Finding:
        count = int(batch.columns["count"][i])
        if strobe:
            return _finding(self, batch, i, severity, Reason(STROBE, _weight(severity), {"count": count}))
        if not beacon:
            return Finding(detector=self.name, version=self.version, verdict="none")
        parts = {
            k: round(float(batch.columns[k][i]), 3) for k in ("score", "interval", "size", "histogram", "duration")
        }
        return _finding(self, batch, i, severity, Reason(BEACON, _weight(severity), {"count": count, **parts}))


def _weight(severity: int) -> float:
    return (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)[severity]


def _finding(detector: Any, batch: Batch[Any], i: int, severity: int, reason: Reason) -> Finding:
    return Finding(
        detector=detector.name, version=detector.version, verdict="suspicious", severity=Severity(severity).word,
        reasons=(reason,), techniques=("T1071",),
        entities=tuple(Entity(k, v) for k in batch.entity_kinds() if (v := batch.entity(k)[i])),
    )  # fmt: skip


__all__ = ["Beacons", "LongConnections", "detectors"]
