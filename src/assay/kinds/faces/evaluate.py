"""`assay evaluate faces --data FOLDER`: how a model does on labelled pictures of faces it did not learn from, by source."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import AssayError, ModelError
from assay.kinds.faces.forged.crops import LEAST_FACE, Listed, listed
from assay.kinds.faces.forged.evaluation import area
from assay.learning import EvaluateRequest
from assay.vision.face import faces
from assay.vision.forged import SHIPPED, Judged, judge, opened
from assay.vision.mesh import Mesh, mesh

REAL = ("real", "live", "genuine", "bona fide")
FORGED = ("face_swap", "talking_head", "forged", "fake", "swap", "counterfeit", "composite")


def evaluate(request: EvaluateRequest) -> dict[str, Any]:
    """`request.data` as `crops.listed` takes it. Pictures of sources that the model learned from are left out."""
    folder = request.model or SHIPPED
    if opened(folder) is None:
        raise ModelError("there is no model that runs", where=str(folder), hint="assay train faces makes one")
    seen = set(learned(folder))
    wanted = [one for one in listed(request.data) if one.label in REAL + FORGED and one.source not in seen]
    told = [(one, said) for one in wanted if (said := said_of(one, folder)) is not None]
    return {"model": opened_version(folder), "left out": sorted(seen), **summary(told)}


def opened_version(folder: Path) -> str:
    model = opened(folder)
    return model.version if model is not None else "none"


def learned(folder: Path) -> list[str]:
    """Sources that a model learned from, by its card."""
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        return [str(one["source"]) for one in card["data"]["learned"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def said_of(one: Listed, folder: Path) -> Judged | None:
    """What the model says of a picture's largest face; None where there is none of `LEAST_FACE` pixels."""
    found = face_of(one)
    return judge(found[0], found[1], models=folder) if found is not None else None


def face_of(one: Listed) -> tuple[np.ndarray, Mesh] | None:
    """Pixels and mesh of a picture's largest face."""
    from assay.formats import picture

    try:
        pixels = picture.decode(one.path.read_bytes(), max_side=2048).pixels
    except (AssayError, OSError):
        return None
    return mesh_of(pixels)


def mesh_of(pixels: np.ndarray) -> tuple[np.ndarray, Mesh] | None:
    seen = faces(pixels, most=1)
    shape = mesh(pixels, seen[0]) if seen else None
    if shape is None or float(np.ptp(shape.points[:, :2], axis=0).max()) < LEAST_FACE:
        return None
    return pixels, shape


def summary(told: Sequence[tuple[Listed, Judged]]) -> dict[str, Any]:
    """Areas over all sources, and verdicts for each source and label."""
    real, fake = (
        np.array([said.log_odds for one, said in told if one.label in labels and not said.why_not])
        for labels in (REAL, FORGED)
    )
    groups: dict[tuple[str, str], list[Judged]] = {}
    for one, said in told:
        groups.setdefault((one.source, one.label), []).append(said)
    sources = [
        {"source": source, "label": label, **verdicts(group)} for (source, label), group in sorted(groups.items())
    ]
    return {"all": area(real, fake), "sources": sources}


def verdicts(group: Sequence[Judged]) -> dict[str, Any]:
    """How many faces were called what; `poor`: seen too badly to be asked about."""
    told = {"faces": len(group), "poor": 0, "suspicious": 0, "inconclusive": 0, "genuine": 0}
    for said in group:
        told[verdict(said)] += 1
    decided = [said.probability for said in group if said.probability is not None and not said.why_not]
    return told | {"mean probability": float(np.mean(decided)) if decided else None}


def verdict(said: Judged) -> str:
    if said.probability is None or said.why_not:
        return "poor"
    low, high = said.doubt
    return "genuine" if said.probability <= low else "suspicious" if said.probability >= high else "inconclusive"
