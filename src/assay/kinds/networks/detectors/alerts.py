"""`networks.alerts`: what a sensor's own rules said. Their judgement is taken over as theirs, weighed by the priority that they
gave it, so that it stands in a case beside what is found here."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Evidence
from assay.core.finding import Findings, Severity
from assay.core.profile import Profile
from assay.kinds.networks.detectors.told import Rule, findings, numbers, texts
from assay.kinds.networks.evidence import Alert
from assay.kinds.networks.reasons import SENSOR

LEAST = 2  # priorities 1 and 2 are told; 3 is how sensors note what they cannot judge
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")


class Alerts:
    """Medium at priority 1, low at 2."""

    name = "networks.alerts"
    version = "1"
    reads: tuple[type[Evidence], ...] = (Alert,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        level = numbers(batch, "level")
        severity = np.where(level <= 1, Severity.MEDIUM, Severity.LOW).astype(np.int8)
        columns = {name: texts(batch, name) for name in ("signature", "category", "rule", "techniques")}

        def values(i: int) -> dict[str, Any]:
            return {
                "signature": columns["signature"][i][:160], "category": columns["category"][i][:80] or "-",
                "rule": columns["rule"][i], "level": int(level[i]),
            }  # fmt: skip

        def techniques(i: int) -> tuple[str, ...]:
            return tuple(dict.fromkeys(_TECHNIQUE.findall(columns["techniques"][i])))[:8]

        return findings(self, batch, [Rule(SENSOR, (level >= 1) & (level <= LEAST), severity, values, techniques)])


__all__ = ["Alerts"]
