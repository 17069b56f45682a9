"""What an examined phone comes to, in sentences for its owner or for whoever has to decide: the level, what it means, what could be
read, and what to do. The same words as on the report's page."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.evidence import Evidence
from assay.core.finding import Finding, Reason, Severity
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.versions import REVIEWED
from assay.kinds.phones.report.make import level_of

NAMED = 3  # findings that are told before everything else
ADVICE = {"high": 3, "suspicious": 3, "exposed": 3, "none": 2, "unknown": 1}  # points of advice for each level


def summary(evidence: Evidence, findings: Sequence[Finding]) -> list[Reason]:
    """Nothing for what is no image of a phone: a signed report speaks for itself."""
    if not isinstance(evidence, PhoneImage):
        return []
    level = level_of(evidence, findings)
    values = {"coverage": round(100 * evidence.coverage)}
    told = [Reason(f"phones.pdf.level.{level}", 1.0, values), Reason(f"phones.pdf.means.{level}", 1.0, values)]
    if evidence.problem:
        told.append(Reason("phones.unopened", 1.0, {"what": evidence.problem}))
    elif evidence.gaps:
        told.append(Reason("phones.sum.gaps", 0.1, {"read": len(evidence.read), "gaps": len(evidence.gaps)}))
    if not evidence.problem and (evidence.version or evidence.patched):
        told.append(Reason("phones.sum.table", 0.05, {"reviewed": REVIEWED}))
    accused = [f for f in findings if f.verdict in ("suspicious", "counterfeit") and f.reasons]
    told[2:2] = [f.reasons[0] for f in sorted(accused, key=lambda f: -Severity[f.severity.upper()])[:NAMED]]
    return told + [Reason("phones.sum.advice", 0.1, {"advice": f"{level}.{n}"}) for n in range(1, ADVICE[level] + 1)]


__all__ = ["summary"]
