"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models (thresholds an operator fitted), or None."""
    from assay.kinds.documents.identity.detector import Identity
    from assay.kinds.documents.pdf.detector import PdfDetector
    from assay.kinds.documents.pixels.detector import Pixels, Provenance
    from assay.kinds.documents.reading.detector import Arithmetic
    from assay.kinds.documents.reuse.detector import Reuse
    from assay.learning import registry

    fitted = registry.find(models)
    roots = models / "roots" if models is not None and (models / "roots").is_dir() else None
    return [
        PdfDetector(roots),
        Arithmetic(),
        Identity(),
        Provenance(),
        Pixels.open(fitted[0]) if fitted else Pixels(),
        Reuse(),
    ]
