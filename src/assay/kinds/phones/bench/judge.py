"""What is said of one phone, and whether that is an alarm: a verdict of `suspicious` or worse by a detector of compromises. How a
phone is set, and how much of it could be read, is none."""

from __future__ import annotations

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Verdict
from assay.core.profile import Profile
from assay.kinds.phones.detectors import Attachments, Coverage
from assay.kinds.phones.evidence import PhoneImage
from assay.kinds.phones.exposure.apps import Abuse
from assay.kinds.phones.indicators import Indicators
from assay.kinds.phones.integrity import Integrity
from assay.kinds.phones.programs import Programs
from assay.kinds.phones.stating import OfOnePhone
from assay.kinds.phones.traces import Traces
from assay.kinds.phones.unknown import Unknown

_NONE = Profile((), np.zeros((1, 0)))


def codes_of(phone: PhoneImage, indicators: Indicators | None = None) -> dict[str, bool]:
    """Reason codes of a phone, gaps left out, and whether each belongs to an alarm."""
    batch, told = Batch.of([phone]), dict[str, bool]()
    detectors: list[OfOnePhone] = [Coverage(), Unknown(), Programs(), Integrity(), Attachments(), Abuse()]
    if indicators is not None:
        detectors.append(Traces(indicators))
    for detector in detectors:
        findings = detector.examine(batch, _NONE)
        alarm = bool(findings.verdict[0] >= Verdict.SUSPICIOUS)
        for code, hit in findings.codes.items():
            if hit[0] and code != "phones.gap":
                told[code] = alarm
    return told


def alarmed(phone: PhoneImage) -> bool:
    return any(codes_of(phone).values())


__all__ = ["alarmed", "codes_of"]
