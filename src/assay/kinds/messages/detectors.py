"""The room's detectors: what can be read off exactly first, then the learned scores."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, or None. It may also hold the operator's `brands.yaml` and `mail.yaml`."""
    from assay.kinds.messages.intent.detector import Intent
    from assay.kinds.messages.learned.detectors import open_models
    from assay.kinds.messages.links.detector import Links
    from assay.kinds.messages.sender.detector import Sender

    return [Links(models), Sender(models), Intent(models), *open_models(models)]
