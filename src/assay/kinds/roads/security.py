"""`roads.security`: what a signature, its certificate and its permissions say of a message. The reader has verified them
(`assay.kinds.roads.wire.envelope`); here the outcome becomes findings.

A wrong signature is exact evidence. A signature that nobody here can verify is said to be so, and is no evidence of anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict
from assay.core.profile import Profile
from assay.kinds.roads import reasons
from assay.kinds.roads.evidence import RoadMessage

NAME = "roads.security"
FAULTS = {code.partition(".")[2]: code for code in reasons.SECURITY if code != reasons.UNVERIFIED}
"""A word of `RoadMessage.faults` -> the reason it is."""
_SEVERITY = {reasons.SIGNATURE: Severity.HIGH, reasons.CERTIFICATE: Severity.HIGH, reasons.EXPIRED: Severity.HIGH}


class Security:
    """Every faulty message is told; one that cannot be verified is inconclusive."""

    name = NAME
    version = "1"
    reads: tuple[type[Evidence], ...] = (RoadMessage,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        codes: dict[str, np.ndarray] = {}
        faults, signed = batch.columns.get("faults"), batch.columns.get("signed")
        if signed is not None:
            open_ = signed == "unverified"
            if open_.any():
                codes[reasons.UNVERIFIED] = open_
                verdict[open_] = Verdict.INCONCLUSIVE
        for word in {} if faults is None else _words(faults):
            code = FAULTS.get(word)
            if code is None:
                continue
            hit = np.array([bool(told) and word in told.split() for told in faults], np.bool_)  # type: ignore[union-attr]
            codes[code] = hit
            verdict[hit] = Verdict.SUSPICIOUS
            severity[hit] = np.maximum(severity[hit], _SEVERITY.get(code, Severity.MEDIUM))

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(batch, int(i), codes, verdict, severity) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _finding(
        self, batch: Batch[Any], i: int, codes: dict[str, np.ndarray], verdict: np.ndarray, severity: np.ndarray
    ) -> Finding:
        told = []
        for code, hit in codes.items():
            if hit[i]:
                name = reasons.STANDARD.get(code)
                told.append(
                    Reason(code, 0.1 if code == reasons.UNVERIFIED else 1.0, {"observation": name} if name else {})
                )
        return Finding(
            detector=self.name, version=self.version, verdict=Verdict(int(verdict[i])).word,
            severity=Severity(int(severity[i])).word, reasons=tuple(told),
            entities=tuple(Entity(kind, id_) for kind in batch.entity_kinds() if (id_ := batch.entity(kind)[i])),
            techniques=tuple(n for reason in told if (n := reasons.STANDARD.get(reason.code))),
        )  # fmt: skip


def _words(faults: np.ndarray) -> list[str]:
    return sorted({word for told in set(faults.tolist()) if told for word in told.split()})


__all__ = ["FAULTS", "Security"]
