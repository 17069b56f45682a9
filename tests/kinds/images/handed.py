"""Pictures handed in on a fixed day, and what the room's detectors say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.finding import Finding
from assay.core.kind import Detector
from assay.core.profile import Profile
from assay.kinds.images.evidence import Image

HANDED_IN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def image(content: bytes, **fields: Any) -> Image:
    return Image(id="p", time=HANDED_IN, name="p.jpg", content=content, **fields)


def said(detector: Detector, content: bytes) -> Finding:
    """The detector's whole finding on one picture."""
    return detector.examine(Batch.of([image(content)]), Profile.empty(1)).explain(np.array([0]))[0]


def codes(finding: Finding) -> set[str]:
    return {reason.code for reason in finding.reasons}
