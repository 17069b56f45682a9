"""What every detector of this room shares: it looks at one phone at a time and says one thing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.evidence import Evidence
from assay.core.finding import Finding, Findings, Reason, Severity, Where
from assay.core.profile import Profile
from assay.kinds.phones.evidence import PhoneImage


class OfOnePhone:
    """A subclass gives `name` and `finding`; `say` makes the finding about the phone's own entities."""

    name = ""
    version = "1"
    techniques: tuple[str, ...] = ()  # of MITRE ATT&CK for Mobile, told with a suspicion
    reads: tuple[type[Evidence], ...] = (PhoneImage,)

    def examine(self, batch: Batch[Any], profile: Profile) -> Findings:
        return Findings.each(self.name, self.version, (self.finding(batch.item(i)) for i in range(len(batch))))

    def finding(self, phone: PhoneImage) -> Finding | None:
        raise NotImplementedError

    def say(
        self,
        phone: PhoneImage,
        verdict: str,
        severity: Severity,
        reasons: Sequence[Reason],
        where: Sequence[Where] = (),
    ) -> Finding:
        return Finding(
            detector=self.name, version=self.version, verdict=verdict, severity=severity.word, reasons=tuple(reasons),
            where=tuple(where), entities=tuple(Entity(e.kind, e.id) for e in phone.entities()),
            techniques=self.techniques if verdict in ("suspicious", "counterfeit") else (),
        )  # fmt: skip


__all__ = ["OfOnePhone"]
