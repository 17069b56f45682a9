"""A model is a folder: the model's own text files, `features.json`, `calibration.json` and `card.json`. Its version is
the hash of its content, checked whenever it is opened; nothing in it is ever unpickled or run."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.errors import ModelError

CARD = "card.json"
MOST_BYTES = 512 * 1024 * 1024  # a folder beyond this is no model of ours


@dataclass(frozen=True)
class ModelFolder:
    """An opened model: `files` name -> text, without the card."""

    path: Path
    version: str
    card: dict[str, Any]
    files: dict[str, str]

    def json(self, name: str) -> Any:
        """The content of a JSON file; `ModelError` where it is missing or malformed."""
        try:
            return json.loads(self.files[name])
        except KeyError:
            raise ModelError(f"the model has no {name}", where=str(self.path)) from None
        except ValueError as error:
            raise ModelError(str(error), where=f"{self.path}/{name}") from None


def content_hash(files: dict[str, str], card: dict[str, Any]) -> str:
    """SHA-256 in hex over every file's name and text and the card without its `version`."""
    told = {name: text for name, text in files.items() if name != CARD}
    told[CARD] = dumps({k: v for k, v in card.items() if k != "version"})
    digest = hashlib.sha256()
    for name in sorted(told):
        for part in (name.encode(), told[name].encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def save(path: Path, files: dict[str, str], card: dict[str, Any]) -> ModelFolder:
    """Writes the folder file by file, the card last, so that a half-written folder never opens. Returns it opened.

    A model already there is replaced; raises `ModelError` where other files are, since they are not ours to remove.
    """
    card = {"version": content_hash(files, card), **card}
    path.mkdir(parents=True, exist_ok=True)
    there = [file for file in path.iterdir() if file.is_file()]
    if there and not (path / CARD).is_file():
        raise ModelError("the folder holds other files", where=str(path), hint="name a new or an empty folder")
    for old in sorted(there, key=lambda file: file.name != CARD):
        old.unlink()
    for name, text in (*files.items(), (CARD, dumps(card))):
        _write(path / name, text)
    return open_folder(path)


def open_folder(path: Path) -> ModelFolder:
    """Raises `ModelError` when there is no model, a file is missing, or the content is not what its version says."""
    if not (path / CARD).is_file():
        raise ModelError("there is no model here", where=str(path), hint=f"a model folder has a {CARD}")
    names = sorted(f.name for f in path.iterdir() if f.is_file() and not f.name.startswith("."))
    if sum((path / name).stat().st_size for name in names) > MOST_BYTES:
        raise ModelError("the folder is too large to be a model", where=str(path))
    try:
        files = {name: (path / name).read_text("utf-8") for name in names}
        card = json.loads(files.pop(CARD))
    except (OSError, ValueError) as error:
        raise ModelError(str(error), where=str(path)) from None
    version = card.get("version") if isinstance(card, dict) else None
    if version != content_hash(files, card if isinstance(card, dict) else {}):
        raise ModelError(
            "the content does not match its version", where=str(path), hint="the folder was changed; train it again"
        )
    return ModelFolder(path, str(version), card, files)


def find(models: Path | None) -> list[Path]:
    """Model folders at or directly under a path, in name order; none for a path that does not exist."""
    if models is None or not models.is_dir():
        return []
    if (models / CARD).is_file():
        return [models]
    return sorted(child for child in models.iterdir() if (child / CARD).is_file())


def dumps(value: Any) -> str:
    """Deterministic JSON text: sorted keys, NaN and infinities as null."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, or of every file below a folder in name order, in hex."""
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _write(path: Path, text: str) -> None:
    """In one step: a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    os.replace(name, path)
