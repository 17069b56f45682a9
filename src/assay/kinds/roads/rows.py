"""A batch of road messages as the kernels take it: keys, and rows of numbers at the resolution of the wire, so that a recording
that keeps more digits than a radio sends tells nothing by them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.keys import keys_of
from assay.kinds.roads.motion.layout import MESSAGE, A, D, E, H, L, T, V, W, X, Y
from assay.kinds.roads.packed import packed, unpacked

_LEAST_ERROR, _MOST_ERROR = 1.0, 5.0  # metres: nobody is believed to be surer, and nobody is excused for more
_FAR = 1.2e8  # metres from the origin
_MOST = 1e12  # of any number
# SAE J2735: 1e-7 degrees (a centimetre), 0.02 m/s, 0.0125 degrees, 0.01 m/s².
_STEP = {X: 0.01, Y: 0.01, V: 0.02, A: 0.01}
_DEGREES = 0.0125


def number(batch: Batch[Any], name: str) -> np.ndarray:
    """float64[n], NaN where absent."""
    values = batch.columns.get(name)
    return np.full(len(batch), np.nan) if values is None else np.asarray(values, np.float64)


def _sane(values: np.ndarray) -> np.ndarray:
    """NaN for what no radio can say."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(values) < _MOST, values, np.nan)


def text(batch: Batch[Any], name: str) -> list[str]:
    """Empty where absent."""
    values = batch.columns.get(name)
    return [""] * len(batch) if values is None else [v or "" for v in values.tolist()]


def rows_of(batch: Batch[Any]) -> np.ndarray:
    """float64[n, MESSAGE], C order; NaN where a message does not say, or says what cannot be."""
    rows = np.full((len(batch), MESSAGE), np.nan)
    delay = number(batch, "delay")
    rows[:, T] = batch.time / 1e6 - np.where(np.isfinite(delay), delay, 0.0)
    rows[:, D] = delay
    for column, name in ((X, "x"), (Y, "y"), (V, "speed"), (A, "acceleration")):
        rows[:, column] = np.round(_sane(number(batch, name)) / _STEP[column]) * _STEP[column]
    rows[:, H] = np.radians(np.round(_sane(number(batch, "heading")) / _DEGREES) * _DEGREES % 360.0)
    error = number(batch, "accuracy")
    rows[:, E] = np.clip(np.where(np.isfinite(error), error, _LEAST_ERROR), _LEAST_ERROR, _MOST_ERROR)
    rows[:, L], rows[:, W] = number(batch, "length"), number(batch, "width")
    with np.errstate(invalid="ignore"):
        lost = ~((np.abs(rows[:, X]) <= _FAR) & (np.abs(rows[:, Y]) <= _FAR))
    rows[lost, X] = rows[lost, Y] = np.nan
    return rows


def keys(batch: Batch[Any]) -> tuple[np.ndarray, np.ndarray]:
    """uint64[n] each: who speaks, and who heard it; 0 where nobody is named, and for warnings, which tell of another place than the
    sender's own."""
    name, receiver = keys_of(text(batch, "pseudonym")), keys_of(text(batch, "receiver"))
    form = batch.columns.get("form")
    return (name if form is None else np.where(form == "denm", np.uint64(0), name)), receiver


class Said(NamedTuple):
    """All that is remembered of n messages: key, receiver uint64[n]; rows float64[n, MESSAGE]; reverse float64[n], NaN where nothing
    is known; names of their senders."""

    key: np.ndarray
    receiver: np.ndarray
    rows: np.ndarray
    reverse: np.ndarray
    names: list[str]

    @classmethod
    def of(cls, batch: Batch[Any]) -> Said:
        return cls(*keys(batch), rows_of(batch), number(batch, "reverse"), text(batch, "pseudonym"))

    def packed(self) -> bytes:
        """For the journal."""
        return packed(
            {"key": self.key, "receiver": self.receiver, "rows": self.rows, "reverse": self.reverse}, self.names
        )

    @classmethod
    def unpacked(cls, taken: bytes) -> Said:
        """Raises `ValueError` or `KeyError` for anything else."""
        arrays, names = unpacked(taken)
        said = cls(arrays["key"], arrays["receiver"], arrays["rows"], arrays["reverse"], names)
        n = len(names)
        if said.rows.shape != (n, MESSAGE) or not len(said.key) == len(said.receiver) == len(said.reverse) == n:
            raise ValueError("messages of another make")
        return said


__all__ = ["Said", "keys", "number", "rows_of", "text"]
