"""Learning: what every room's trainer shares. Requests and reports, metrics, calibration, and the folder a model lives in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainRequest:
    """Asks a room to learn from labelled history.

    data     a table, or a folder of them
    mapping  YAML that says which column is which field; None: guess
    out      the model folder to write
    options  what the command line gave: `label_delay` ("7d"), `seed`, `licence`, …
    """

    data: Path
    mapping: Path | None
    out: Path
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainReport:
    """What was learned: the folder, its version (content hash) and the figures that stand in its card."""

    out: Path
    version: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class EvaluateRequest:
    """Asks how well a model does on labelled data; without a model, how well rolling weeks of training would do."""

    data: Path
    mapping: Path | None
    model: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)


__all__ = ["EvaluateRequest", "TrainReport", "TrainRequest"]
