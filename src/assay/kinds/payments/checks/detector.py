"""The detector `payments.checks`: asks every check of a batch, and tells what held with the values it was read from."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Verdict, Where
from assay.core.profile import Profile
from assay.kinds.payments.checks.limits import CheckLimits
from assay.kinds.payments.checks.patterns import CHECKS, Check, nowhere
from assay.kinds.payments.checks.reading import Reading
from assay.kinds.payments.evidence import Payment

REASONS: tuple[str, ...] = tuple(check.code for check in CHECKS)


class Checks:
    """The detector `payments.checks`. Its version changes with its limits, so a record says which limits spoke."""

    name = "payments.checks"
    reads: tuple[type[Evidence], ...] = (Payment,)

    def __init__(self, limits: CheckLimits | None = None) -> None:
        self.limits = limits or CheckLimits()
        self.version = f"1-{sha256(msgspec.json.encode(self.limits)).hexdigest()[:8]}"

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        n = len(batch)
        read = Reading(batch, profile, self.limits)
        verdict, severity = np.zeros(n, np.int8), np.ones(n, np.int8)
        codes: dict[str, np.ndarray] = {}
        with np.errstate(all="ignore"):
            for check in CHECKS:
                hit = codes[check.code] = check.holds(read, self.limits)
                if not nowhere(hit):
                    verdict[hit] = np.maximum(verdict[hit], int(check.verdict))
                    severity[hit] = np.maximum(severity[hit], int(check.severity))

        def explain(rows: np.ndarray) -> list[Finding]:
            return [self._finding(read, codes, int(i), int(verdict[i]), int(severity[i])) for i in rows]

        return Findings(self.name, self.version, verdict, severity=severity, codes=codes, explain=explain)

    def _finding(self, read: Reading, codes: dict[str, np.ndarray], i: int, verdict: int, severity: int) -> Finding:
        held = sorted((c for c in CHECKS if codes[c.code][i]), key=lambda c: -c.severity)
        about = dict.fromkeys(kind for check in held for kind in check.about)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict=Verdict(verdict).word,
            severity=Severity(severity).word,
            reasons=tuple(Reason(check.code, check.severity / 5, _shown(read, check, i)) for check in held),
            where=tuple(Where(field=f) for f in dict.fromkeys(c.field for c in held if c.field)),
            techniques=tuple(check.technique for check in held[:1]),  # the gravest's: a payment is one stage
            entities=tuple(Entity(kind, id_) for kind in about if (id_ := read.batch.entity(kind)[i])),
        )


def _shown(read: Reading, check: Check, i: int) -> dict[str, Any]:
    """The values a check's sentence shows, for row i; a missing one is left out."""
    out: dict[str, Any] = {}
    for placeholder, name in check.shows.items():
        column = read.text(name)
        value = column[i] if column is not None and column.dtype == object else float(read[name][i])
        if value is not None and value == value:
            out[placeholder] = value
    return out


__all__ = ["REASONS", "Checks"]
