"""What the room asks profiles to keep: how often a report's nonce was shown. No report holds for longer than the window."""

from __future__ import annotations

from assay.core.evidence import Evidence
from assay.kinds.phones.report.evidence import PhoneReport
from assay.profiles.spec import Feature

SHOWN = "nonce_reports"
FEATURES = [Feature(entity="nonce", stat="count", window="31d", name=SHOWN)]


def features() -> dict[type[Evidence], list[Feature]]:
    return {PhoneReport: FEATURES}
