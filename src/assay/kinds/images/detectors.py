"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, or None; `roots` in it holds the certificates of trusted signers."""
    from assay.kinds.images.edited import Edited
    from assay.kinds.images.generated.detector import Generated
    from assay.kinds.images.provenance.detector import ProvenanceOfImages
    from assay.kinds.images.quality import Quality
    from assay.kinds.images.reuse import Reuse

    roots = models / "roots" if models is not None and (models / "roots").is_dir() else None
    exact: list[Detector] = [ProvenanceOfImages(roots), Edited(), Quality(), Reuse()]
    return [exact[0], Generated(models), *exact[1:]] if _judges(models) else exact


def _judges(models: Path | None) -> bool:
    """Is there a model that tells generated pictures, shipped or the operator's own? Without one each picture would be in doubt."""
    from assay.vision.generated import SHIPPED

    folders = [SHIPPED] if models is None else [SHIPPED, models / "generated"]
    return any((folder / "features.json").is_file() for folder in folders)
