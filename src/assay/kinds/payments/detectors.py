"""The room's detectors: checks that need no training always, model and novelty where they have been trained."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector
from assay.kinds.payments.checks import Checks


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, as `assay train payments --out` makes it."""
    return [Checks()]
