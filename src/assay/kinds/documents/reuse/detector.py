"""`documents.reuse`: says at once when something another customer handed in comes again.

It looks back only: what was seen before under other owners stands in `Profile.sightings`. What many owners have shown is a
form or a logo, and no reason for anything.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.core.trace import Sighting
from assay.kinds.documents.evidence import Document

FORM = 4  # owners from which on a thing is everybody's
# Kind of trace -> verdict, severity and weight where few share it.
GRAVE = {
    "file": ("suspicious", "high", 0.9),
    "picture": ("suspicious", "high", 0.9),
    "rows": ("suspicious", "high", 0.9),
    "portrait": ("suspicious", "high", 0.8),
    "identity-number": ("suspicious", "high", 0.9),
    "template": ("suspicious", "medium", 0.6),
    "account": ("suspicious", "medium", 0.5),
    "signature": ("suspicious", "medium", 0.5),
}
_ORDER = ("informational", "low", "medium", "high")


class Reuse:
    """`examine` reads only what the profile remembers, so it costs nothing."""

    name = "documents.reuse"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Document,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        told = ((i, self._finding(profile.sightings(i))) for i in range(len(batch)))
        return Findings.of(self.name, self.version, len(batch), ((i, f) for i, f in told if f is not None))

    def _finding(self, sightings: tuple[Sighting, ...]) -> Finding | None:
        first: dict[str, Sighting] = {}
        for sighting in sightings:
            if sighting.kind in GRAVE and sighting.owners < FORM:
                first.setdefault(sighting.kind, sighting)
        if not first:
            return None
        if "file" in first:  # then its picture, rows and template are the same too, and say nothing more
            first = {"file": first["file"]}
        severity = max((GRAVE[kind][1] for kind in first), key=_ORDER.index)
        reasons = sorted(
            (
                Reason(
                    f"documents.same-{kind}",
                    GRAVE[kind][2],
                    {"evidence": seen.evidence, "owners": seen.owners, "distance": seen.distance},
                )
                for kind, seen in first.items()
            ),
            key=lambda reason: -reason.weight,
        )
        where = tuple(
            Where(page=seen.where.page, box=seen.where.box, rule=f"documents.same-{kind}")
            for kind, seen in first.items()
            if seen.where.page is not None
        )
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="suspicious",
            severity=severity,
            reasons=tuple(reasons),
            where=where,
        )
