"""What the room asks profiles to keep: how often a challenge was answered, and how often somebody tried."""

from __future__ import annotations

from assay.core.evidence import Evidence
from assay.kinds.identity.evidence import IdentityCheck
from assay.profiles.spec import Feature

ANSWERS = "nonce_answers"
FEATURES = [
    Feature(entity="nonce", stat="count", window="30d", name=ANSWERS),
    Feature(entity="customer", stat="count", window="1d", name="customer_checks_1d"),
    Feature(entity="device", stat="distinct", of="customer", window="30d", name="device_customers_30d"),
]


def features() -> dict[type[Evidence], list[Feature]]:
    return {IdentityCheck: FEATURES}
