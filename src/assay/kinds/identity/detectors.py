"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, or None."""
    from assay.kinds.identity.challenge.detector import Answer
    from assay.kinds.identity.challenge.nonce import Nonce
    from assay.kinds.identity.injection.detector import Injection
    from assay.kinds.identity.matching.detector import FaceMatch
    from assay.kinds.identity.presentation.detector import Presentation
    from assay.kinds.identity.templates.detector import SameFace

    return [Nonce(), Injection(), Answer(), FaceMatch(), SameFace(), Presentation.find(models)]
