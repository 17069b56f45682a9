"""Files judged by all of the room's detectors, for figures: what each said of a file, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from typing import Any, get_args

from assay.core.batch import Batch
from assay.core.finding import Severity, Verdict
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.documents.evidence import Claim, Document

HANDED_IN = datetime(2026, 11, 1, 12, tzinfo=UTC)  # fixed, so that figures do not change with the day they are made on


_CLAIMS = {claim: claim for claim in get_args(Claim)} | {"licence": "identity"}


@dataclass(frozen=True)
class Judged:
    """What the detectors said of one file: detector -> verdict, the gravest severity, reason codes, CPU seconds."""

    verdicts: dict[str, Verdict]
    severity: Severity
    codes: tuple[str, ...]
    seconds: float
    raised: str = ""  # a detector that raised: a defect, told and not hidden

    @property
    def verdict(self) -> Verdict:
        return max(self.verdicts.values(), default=Verdict.NONE)

    @property
    def flagged(self) -> bool:
        return self.verdict >= Verdict.SUSPICIOUS

    @property
    def inconclusive(self) -> bool:
        return self.verdict == Verdict.INCONCLUSIVE


def judge(content: bytes, name: str, detectors: Sequence[Detector], claimed: str | None = None) -> Judged:
    """One file, as if it were handed in on the fixed day. `claimed`: the kind of paper it is said to be, if any."""
    said: Any = _CLAIMS.get(claimed or "")
    document = Document(id=name[-120:] or "file", time=HANDED_IN, name=name[-200:], content=content, claimed=said)
    batch: Batch[Any] = Batch.of([document])
    began = time.process_time()
    verdicts, codes, severity, raised = {}, [], Severity.INFORMATIONAL, ""
    for detector in detectors:
        try:
            findings = detector.examine(batch, Profile.empty(1))
        except Exception as error:  # the figures of a long run are worth more than its stop
            verdicts[detector.name], raised = Verdict.NONE, f"{detector.name}: {type(error).__name__}: {error}"
            continue
        verdicts[detector.name] = Verdict(int(findings.verdict[0]))
        if verdicts[detector.name] >= Verdict.SUSPICIOUS:
            severity = max(severity, Severity(int(findings.severity[0])))
        codes += [code for code, hit in findings.codes.items() if hit[0]]
    return Judged(verdicts, severity, tuple(codes), time.process_time() - began, raised)


def share(hits: int, n: int, z: float = 1.96) -> dict[str, Any]:
    """A share with its 95 % interval (Wilson 1927); null where there is nothing to divide by."""
    if not n:
        return {"n": 0, "share": None, "interval": None}
    p, square = hits / n, z * z
    middle, half = (p + square / (2 * n)), z * sqrt(p * (1 - p) / n + square / (4 * n * n))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return {"n": n, "share": p, "interval": [max(0.0, low), min(1.0, high)]}


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 99th percentile of seconds of processor time."""
    import numpy as np

    if not seconds:
        return {}
    return {"median": float(np.median(seconds)), "p99": float(np.quantile(seconds, 0.99)), "most": max(seconds)}
