"""The room's detectors, and two of them: `phones.coverage`, what could not be read, and `phones.attachments`, files that are not what
their names say. None of them ever says that a phone is clean."""

from __future__ import annotations

from pathlib import Path

from assay.core.finding import Finding, Reason, Severity
from assay.core.kind import Detector
from assay.formats.signers import cards
from assay.intelligence import folder_of
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.apps import Abuse
from assay.kinds.phones.exposure.posture import Posture
from assay.kinds.phones.indicators import load
from assay.kinds.phones.integrity import Integrity
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.report.accept import Accept, Again
from assay.kinds.phones.stating import OfOnePhone
from assay.kinds.phones.traces import Traces
from assay.kinds.phones.unknown import Unknown

SHOWN = 20  # reasons of one kind


def detectors(models: Path | None) -> list[Detector]:
    """With the sets of indicators that an operator gave to `assay intel add` or put into `indicators` in the room's folder of
    models, and believing the reports of those whose cards lie in `signers` there."""
    folder = models / "indicators" if models is not None else None
    found, refused = load([folder] if folder is not None and folder.is_dir() else [], folder_of(models))
    believed = dict(cards(models / "signers")) if models is not None else {}
    return [
        Coverage(), Traces(found, refused), Unknown(), Programs(), Integrity(), Attachments(), Posture(), Abuse(), Accept(believed), Again(),
    ]  # fmt: skip


class Coverage(OfOnePhone):
    """What could not be read, and traces of somebody having tidied up."""

    name = "phones.coverage"

    def finding(self, phone: PhoneImage) -> Finding | None:
        if phone.problem:
            reason = Reason("phones.unopened", 1.0, {"what": phone.problem})
            return self.say(phone, "inconclusive", Severity.INFORMATIONAL, [reason])
        reasons = [Reason("phones.gap", 0.1, {"artefact": g.artefact, "why": g.why}) for g in phone.gaps[: 2 * SHOWN]]
        verdict, severity = "inconclusive", Severity.INFORMATIONAL
        if phone.orphans:
            reasons.insert(0, Reason("phones.deleted-process", 0.6, {"count": phone.orphans}))
            verdict, severity = "suspicious", Severity.MEDIUM
        if phone.forged_ids:
            reasons.insert(0, Reason("phones.forged-id", 0.6, {"count": phone.forged_ids}))
            verdict, severity = "suspicious", Severity.MEDIUM
        return self.say(phone, verdict, severity, reasons) if reasons else None


class Attachments(OfOnePhone):
    """Attachments that are not what their name says. Their bytes are examined as parts, by the room that knows them."""

    name = "phones.attachments"

    def finding(self, phone: PhoneImage) -> Finding | None:
        found = [e for e in phone.events if e.kind == "attachment.lies"][:SHOWN]
        if not found:
            return None
        reasons = [Reason("phones.type-lie", 0.6, {"media": e.detail, "path": e.subject[-160:]}) for e in found]
        return self.say(phone, "suspicious", Severity.MEDIUM, reasons)


__all__ = ["Attachments", "Coverage", "Posture", "Traces", "Unknown", "detectors"]
