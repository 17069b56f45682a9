"""What the room says of one file with everything inside it, as the engine puts it together: for the bench and the tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Severity, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.files.evidence import File

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DEPTH, MOST = 4, 1000


class Judged(NamedTuple):
    """Every finding on a file and on the files in it."""

    findings: tuple[Finding, ...]

    @property
    def codes(self) -> set[str]:
        return {reason.code for finding in self.findings for reason in finding.reasons}

    @property
    def severity(self) -> Severity:
        """The gravest of what is suspicious or worse."""
        grave = [f for f in self.findings if Verdict[f.verdict.upper()] >= Verdict.SUSPICIOUS]
        return max((Severity[f.severity.upper()] for f in grave), default=Severity.INFORMATIONAL)


def judge(file: File, detectors: Sequence[Detector]) -> Judged:
    """The file and its parts, those of other rooms left out."""
    findings: list[Finding] = []
    for one in _whole(file):
        batch = Batch.of([one])
        for detector in detectors:
            found = detector.examine(batch, Profile.empty(1))
            if found.verdict[0]:
                findings += found.explain(np.array([0]))
    return Judged(tuple(findings))


def _whole(file: File) -> Iterator[File]:
    level: list[Evidence] = [file]
    count = 0
    for _ in range(DEPTH + 1):
        inner: list[Evidence] = []
        for one in level:
            if isinstance(one, File) and count < MOST:
                count += 1
                yield one
                inner += one.parts()
        level = inner


__all__ = ["WHEN", "Judged", "judge"]
