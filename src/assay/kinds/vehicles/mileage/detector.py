"""`vehicles.mileage`: an account of mileage that does not add up. A person decides: what is accused, and how often honest accounts
are, stands in the room's README."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity
from assay.core.profile import Profile
from assay.kinds.vehicles.mileage import reasons as codes
from assay.kinds.vehicles.mileage.evidence import MileageAccount

SIGMAS = 3.0  # of the way that workshops saw
BURNT = 1.9  # of consumption, whose error already covers honest changes: of 1,000 honest accounts about five lie beyond
LEAST = 0.04  # natural logarithm: less is not worth anybody's accusation


class Mileage:
    """Reads readings; needs no model."""

    name = "vehicles.mileage"
    version = "1"
    reads: tuple[type[Evidence], ...] = (MileageAccount,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self._judged(batch.item(i)) for i in range(len(batch))))

    def _judged(self, account: MileageAccount) -> Finding | None:
        from assay.kinds.vehicles.mileage import accounts

        if not account.readings:
            return None
        back = accounts.rollbacks(account.readings)
        seen, burnt = accounts.against_workshops(account.readings), accounts.consumption(account.readings)
        told = []
        if back:
            worst = max(back)
            values = {"kilometres": worst.kilometres, "days": round(worst.days), "count": len(back)}
            told.append(Reason(codes.ROLLBACK, 1.0, values))
        if seen is not None and seen.sigmas > SIGMAS and seen.log > LEAST:
            told.append(Reason(codes.WORKSHOPS, _weight(seen.sigmas), _percent(seen)))
        if burnt is not None and burnt.sigmas > BURNT and burnt.log > LEAST:
            since = f"{moment(int(burnt.since)):%Y-%m}"
            told.append(Reason(codes.CONSUMPTION, _weight(burnt.sigmas), _percent(burnt) | {"since": since}))
        if not told and seen is None and burnt is None:
            told = [Reason(codes.TOO_LITTLE, 0.0, {"readings": len(account.readings)})]
        if not told:
            return None
        grave = [r for r in told if r.code != codes.TOO_LITTLE]
        severity = Severity.HIGH if back else Severity.MEDIUM if grave else Severity.LOW
        return Finding(
            detector=self.name, version=self.version, verdict="suspicious" if grave else "inconclusive",
            severity=severity.word, reasons=tuple(told), techniques=("T1565.001",) if grave else (),
            entities=tuple(account.entities()),
        )  # fmt: skip


def _weight(sigmas: float) -> float:
    return round(min(1.0, sigmas / 10), 3)


def _percent(ratio: Any) -> dict[str, Any]:
    """What is claimed is so many per cent less than what was driven, give or take."""
    share = 1 - float(np.exp(-ratio.log))
    return {
        "percent": round(100 * share), "error": round(100 * ratio.error * (1 - share), 1), "count": ratio.readings,
        "months": round(ratio.months),
    }  # fmt: skip


__all__ = ["Mileage"]
