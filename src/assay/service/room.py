"""What is in force in an engine, as plain values: its policies and its models, for the API and the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from assay.core.kind import Detector
from assay.engine import Engine


def policies_in(engine: Engine) -> list[dict[str, Any]]:
    """One entry a room that has a policy: the room, the policy's identity, the kinds it decides, and its text."""
    found: dict[str, dict[str, Any]] = {}
    for type_, lane in engine.lanes.items():
        policy = lane.policy
        if policy is not None:
            entry = found.setdefault(
                lane.kind.name, {"room": lane.kind.name, "policy": policy.identity, "kinds": [], "text": policy.text}
            )
            entry["kinds"].append(type_.tag())
    return list(found.values())


def models_in(engine: Engine) -> list[dict[str, Any]]:
    """One entry a detector in use, in name order, with its model card where it was trained."""
    found: dict[str, dict[str, Any]] = {}
    for type_, lane in engine.lanes.items():
        for detector in lane.detectors:
            entry = found.setdefault(
                detector.name,
                {"detector": detector.name, "version": detector.version, "room": lane.kind.name, "reads": []},
            )
            entry["reads"].append(type_.tag())
            if card := card_of(detector):
                entry["card"] = card
    return [found[name] for name in sorted(found)]


def card_of(detector: Detector) -> dict[str, Any]:
    """The model card beside a detector's model, with `usual` from its `features.json`; empty for one that learns nothing.

    A detector says where its model lies in its attribute `folder`, or has the card as `card`.
    """
    card = getattr(detector, "card", None)
    if card is not None:
        return dict(msgspec.to_builtins(card))
    folder = getattr(detector, "folder", None)
    return {} if folder is None else _json(Path(folder) / "features.json", "usual") | _json(Path(folder) / "card.json")


def _json(path: Path, *only: str) -> dict[str, Any]:
    """A JSON file's fields (those named, where any are); none where there is no such file."""
    told = msgspec.json.decode(path.read_bytes(), type=dict[str, Any]) if path.is_file() else {}
    return {name: told[name] for name in only if name in told} if only else told
