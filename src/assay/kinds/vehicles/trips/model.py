"""Models of journeys in their folders: what is usual between two instruments, and signatures of single vehicles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.core.errors import ModelError
from assay.kinds.vehicles.trips.usual import Usual

USUAL, SIGNATURE = "usual.json", "signature.json"
DETECTOR = "vehicles.trips"


def open_models(models: Path | None, shipped: Path) -> tuple[Usual, dict[str, dict[str, Any]], str]:
    """What is usual (the operator's own, else the shipped), vehicle -> signature, and how honest stretches fared, in words
    for a sentence: "0 of 14". Raises `ModelError`."""
    from assay.learning.registry import find, open_folder

    usual: Usual | None = None
    signatures: dict[str, dict[str, Any]] = {}
    honest = ""
    for path in [*find(models), *find(shipped)]:
        folder = open_folder(path)
        if folder.card.get("detector") != DETECTOR:
            continue
        if SIGNATURE in folder.files:
            signatures.setdefault(str(folder.card.get("vehicle", "")), dict(folder.json(SIGNATURE)))
        if USUAL in folder.files and usual is None:
            try:
                usual = Usual.of(folder.json(USUAL))
            except ValueError as error:
                raise ModelError(str(error), where=str(path)) from None
            honest = str(folder.card.get("honest", "?"))
    if usual is None:
        raise ModelError("what is usual between satellites and inertia is not there", where=str(shipped))
    return usual, signatures, honest


__all__ = ["DETECTOR", "SIGNATURE", "USUAL", "open_models"]
