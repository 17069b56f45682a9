"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, or None; `roots` in it holds the certificates of trusted signers."""
    from assay.kinds.images.edited import Edited
    from assay.kinds.images.provenance.detector import ProvenanceOfImages
    from assay.kinds.images.quality import Quality
    from assay.kinds.images.reuse import Reuse

    roots = models / "roots" if models is not None and (models / "roots").is_dir() else None
    return [ProvenanceOfImages(roots), Edited(), Quality(), Reuse()]
