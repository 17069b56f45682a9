"""`documents.reuse`: says at once when something another customer handed in comes again.

It looks back only: what was seen before under other owners stands in `Profile.sightings`. What many owners have shown is a
form or a logo, and no reason for anything.
"""

from __future__ import annotations

from typing import Any

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings
from assay.core.profile import Profile
from assay.core.reuse import Gravity, seen_before
from assay.kinds.documents.evidence import Document

GRAVE = {
    "file": Gravity("high", 0.9),
    "picture": Gravity("high", 0.9),
    "rows": Gravity("high", 0.9),
    "portrait": Gravity("high", 0.8),
    "identity-number": Gravity("high", 0.9),
    "template": Gravity("medium", 0.6),
    "account": Gravity("medium", 0.5),
    "signature": Gravity("medium", 0.5),
}


class Reuse:
    """`examine` reads only what the profile remembers, so it costs nothing."""

    name = "documents.reuse"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Document,)
    looks_back = True

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        told = (
            seen_before(profile.sightings(i), GRAVE, room="documents", detector=self.name, version=self.version)
            for i in range(len(batch))
        )
        return Findings.each(self.name, self.version, told)
