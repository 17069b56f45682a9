"""`identity.duplicate`: says when the face of this check was shown before under other customers' names.

How near a face must lie depends on with how many it was compared: among ten thousand, somebody is bound to look alike. So it
speaks only where fewer than one check in ten would meet such a face by chance, by the measured rate of strangers that near
times their number. It looks back only, into the home's own onboarding; it never says who somebody is.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Where
from assay.core.profile import Profile
from assay.core.trace import Sighting
from assay.kinds.identity.evidence import IdentityCheck
from assay.kinds.identity.matching.population import population
from assay.kinds.identity.templates.traces import KIND, REACH

CODE = "identity.same-face"
CERTAIN, LIKELY = 0.01, 0.1  # strangers as near that one check meets by chance, at most, on average


class SameFace:
    """`examine` reads only what is remembered, so it costs nothing."""

    name = "identity.duplicate"
    version = "1"
    reads: tuple[type[Evidence], ...] = (IdentityCheck,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._finding(profile.sightings(i)) for i in range(len(batch))))

    def _finding(self, sightings: tuple[Sighting, ...]) -> Finding | None:
        nearest = min((one for one in sightings if one.kind == KIND), key=lambda one: one.distance, default=None)
        if nearest is None:
            return None
        share = REACH * nearest.distance / 1000
        chance = population().false_match(share) * nearest.among
        if chance > LIKELY:
            return None
        values = {
            "evidence": nearest.evidence,
            "owners": nearest.owners,
            "among": nearest.among,
            "percent": round(100 * share),
        }
        certain = chance <= CERTAIN
        where = () if nearest.where.box is None else (Where(field="selfie", box=nearest.where.box, rule=CODE),)
        return Finding(
            detector=self.name,
            version=self.version,
            verdict="suspicious",
            severity="medium" if certain else "low",
            reasons=(Reason(CODE, 0.8 if certain else 0.4, values),),
            where=where,
        )
