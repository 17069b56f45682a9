"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder, of which only `roots` (certificates the operator trusts) is read: nothing here is
    trained, the networks are those of `assay.vision`."""
    from assay.kinds.videos.broken import Continuity
    from assay.kinds.videos.faces import Faces
    from assay.kinds.videos.generated import Generated
    from assay.kinds.videos.provenance import Provenance

    roots = models / "roots" if models is not None and (models / "roots").is_dir() else None
    return [Provenance(roots), Continuity(), Generated(), Faces()]
