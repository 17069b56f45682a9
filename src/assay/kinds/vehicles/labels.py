"""Which frames of a public log are marked as forged: for benches alone, no detector reads it.

Marks stand in a column of parquet and named tables, or at the end of a line: R and T (HCRL), 0 and 1, True and False, words.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

COLUMNS = ("anomaly", "attack", "label", "flag", "class", "is_attack", "malicious")
_TRUE = frozenset(("t", "1", "true", "attack", "anomaly", "malicious", "fabrication", "masquerade"))
_FALSE = frozenset(("r", "0", "false", "normal", "benign", "attack_free"))
MOST_BYTES = 1 << 30


def forged(path: Path, frames: int) -> np.ndarray | None:
    """bool[frames] in the log's order; None where it has no marks, or not one for each frame."""
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    marks = _of_parquet(path) if parquet else _of_text(path)
    return marks if marks is not None and len(marks) == frames and marks.any() else None


def _of_parquet(path: Path) -> np.ndarray | None:
    import polars as pl

    names = {name.lower(): name for name in pl.read_parquet_schema(path)}
    name = next((names[c] for c in COLUMNS if c in names), None)
    if name is None:
        return None
    column = pl.read_parquet(path, columns=[name])[name]
    return np.array([_marked(str(v)) is True for v in column.to_list()], bool)


def _of_text(path: Path) -> np.ndarray | None:
    """A line's marks are its last words; one that says neither is no frame's."""
    if path.stat().st_size > MOST_BYTES:
        return None
    marks: list[bool] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            words = line.replace(",", " ").replace(";", " ").split()
            told = [m for m in (_marked(w) for w in words[-2:]) if m is not None]
            if len(words) > 3 and told:
                marks.append(any(told))
    return np.array(marks, bool) if marks else None


def _marked(word: str) -> bool | None:
    word = word.strip().strip('"').lower()
    return True if word in _TRUE else False if word in _FALSE else None


__all__ = ["forged"]
