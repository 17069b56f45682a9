"""The room's detectors, exact ones first."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models; nothing here is trained: the networks are those of `assay.vision`."""
    from assay.kinds.videos.broken import Continuity
    from assay.kinds.videos.faces import Faces
    from assay.kinds.videos.generated import Generated
    from assay.kinds.videos.provenance import Provenance

    return [Provenance(), Continuity(), Generated(), Faces()]
