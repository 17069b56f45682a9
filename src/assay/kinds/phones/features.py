"""What the room asks profiles to keep: how often a report's nonce was shown (no report holds for longer than the window), and how
many phones the reports on one device told of."""

from __future__ import annotations

from assay.core.evidence import Evidence
from assay.kinds.phones.report.evidence import PhoneReport
from assay.profiles.spec import Feature

SHOWN, PHONES = "nonce_reports", "device_phones"
FEATURES = [
    Feature(entity="nonce", stat="count", window="31d", name=SHOWN),
    Feature(entity="device", stat="distinct", of="phone", window="90d", name=PHONES),
]


def features() -> dict[type[Evidence], list[Feature]]:
    return {PhoneReport: FEATURES}
