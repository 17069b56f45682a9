"""The model folder on disk: networks as ONNX, the rest as text, and one version that is the hash of it all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from assay.core.errors import ModelError
from assay.learning.registry import dumps

CARD = "card.json"


def write(out: Path, files: dict[str, bytes | str], features: dict[str, Any], card: dict[str, Any]) -> str:
    """Writes every file, the card last, and returns the version. A model already there is replaced; raises `ModelError` where
    other files are, since they are not ours to remove."""
    free(out)
    out.mkdir(parents=True, exist_ok=True)
    for old in sorted((file for file in out.iterdir() if file.is_file()), key=lambda file: file.name != CARD):
        old.unlink()
    content = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    content["features.json"] = dumps(features).encode()
    for name, data in content.items():
        (out / name).write_bytes(data)
    version = version_of(content)
    (out / CARD).write_text(dumps({"version": version, **card}), "utf-8")
    return version


def free(out: Path) -> None:
    """Raises `ModelError` where the folder holds files that are no model: asked before an hour of learning, too."""
    if out.is_dir() and any(file.is_file() for file in out.iterdir()) and not (out / CARD).is_file():
        raise ModelError("the folder holds other files", where=str(out), hint="name a new or an empty folder")


def version_of(content: dict[str, bytes]) -> str:
    """SHA-256 in hex over every file's name and bytes but the card's."""
    digest = hashlib.sha256()
    for name in sorted(content):
        for part in (name.encode(), content[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def read_features(folder: Path) -> dict[str, Any]:
    """`features.json` of a model folder; `ModelError` where it is missing or malformed."""
    try:
        told: dict[str, Any] = json.loads((folder / "features.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(str(error), where=str(folder)) from None
    return told


__all__ = ["free", "read_features", "version_of", "write"]
