"""The room's detectors: checks that need no training always, model and novelty where they have been trained."""

from __future__ import annotations

import json
from pathlib import Path

from assay.core.errors import ModelError
from assay.core.kind import Detector
from assay.kinds.payments.checks import Checks
from assay.learning import registry


def detectors(models: Path | None) -> list[Detector]:
    """`models` is the room's folder of trained models, as `assay train payments --out` makes it: a model folder, model
    folders within one, or both. Raises `ModelError` for a folder of a detector that is not ours, or one that was
    changed."""
    found: list[Detector] = [Checks()]
    folders = registry.find(models)
    if models is not None and folders == [models]:
        folders += sorted(child for child in models.iterdir() if (child / registry.CARD).is_file())
    return found + [_open(folder) for folder in folders]


def _open(folder: Path) -> Detector:
    from assay.kinds.payments.model import ModelDetector
    from assay.kinds.payments.novelty import Novelty

    try:
        name = json.loads((folder / registry.CARD).read_text("utf-8"))["detector"]
    except (ValueError, KeyError, TypeError):
        raise ModelError("the card names no detector", where=str(folder)) from None
    if name == ModelDetector.name:
        return ModelDetector.open(folder)
    if name == Novelty.name:
        return Novelty(folder)
    raise ModelError(f"the payments room has no detector {name!r}", where=str(folder))
