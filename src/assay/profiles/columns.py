"""A batch's columns as the 64-bit integers that profiles keep. Integer columns are kept as they are (minor units of money);
floats in millionths, rounded, so that sums of either are exact and an event taken out leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.profiles.plan import Input

MILLIONTHS = 1_000_000
LIMIT = 2**62  # a float beyond 4.6e12 in magnitude is kept as that
_HIGHEST = np.int64(2**63 - 1)
_NO_KEYS = np.empty((0, 0), np.uint64)


class Columns:
    """The inputs of one batch, each converted once. `units` remembers, over all batches, how a column is kept: 1 for
    integers, `MILLIONTHS` for floats, settled when the column is first seen."""

    def __init__(self, batch: Batch[Any], units: dict[str, int], first: int) -> None:
        self.batch, self.units = batch, units
        self.time = _own(batch.time)
        self.seq = np.arange(first, first + len(batch))
        self._inputs: dict[Input, np.ndarray | int] = {}
        self._numbers: dict[str, tuple[np.ndarray, np.ndarray | None]] = {}

    def fill(
        self, out: np.ndarray, inputs: Sequence[Input], part: slice, verdicts: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """The inputs of some rows into out int64[rows, inputs]: without `verdicts` those that are known at once; with them
        (bool[rows] for each `where` that is a condition on a feature) those that hang on them."""
        for j, wanted in enumerate(inputs):
            if wanted.conditional:
                if verdicts is not None:
                    out[:, j] = self._make(wanted, verdicts[wanted.where], part)
            elif verdicts is None:
                made = self._input(wanted)
                out[:, j] = made if isinstance(made, int) else made[part]

    def keys(self, entity: str) -> np.ndarray:
        """uint64[n]: keys of this entity kind."""
        return _own(self.batch.keys(entity))

    def looks(self, ats: tuple[str, ...]) -> np.ndarray:
        """uint64[n, ats]: keys of these entity kinds; of none, an empty array."""
        if not ats:
            return _NO_KEYS
        return np.column_stack([self.batch.keys(entity) for entity in ats])

    def _input(self, wanted: Input) -> np.ndarray | int:
        made = self._inputs.get(wanted)
        if made is None:
            flag = self._flag(wanted.where) if wanted.where else None
            made = self._inputs[wanted] = self._make(wanted, flag, None)
        return made

    def _make(self, wanted: Input, flag: np.ndarray | None, rows: slice | None) -> np.ndarray | int:
        """int64 of these rows (None: all), or the one number that they all are."""
        what, column = wanted.what, wanted.column
        present: np.ndarray | None = None
        if what == "seq":
            return self.seq
        if what == "flag":
            return flag.astype(np.int64)  # type: ignore[union-attr]
        if what == "identity":
            value = self._identity(column)
        else:
            value, present = self._number(column)
        if rows is not None:
            value, present = value[rows], None if present is None else present[rows]
        if flag is not None:
            present = flag if present is None else present & flag
        if what == "present":
            return 1 if present is None else present.astype(np.int64)
        absent = _HIGHEST if what in ("low", "high") else 0
        if what == "high":
            value = -value
        return value if present is None else np.where(present, value, absent)

    def _number(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """int64[n] in the column's units, and which are present (None: all)."""
        made = self._numbers.get(name)
        if made is None:
            made = self._numbers[name] = self._convert(name)
        return made

    def _convert(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        values = self.batch.column(name)
        if values is None:
            n = len(self.batch)
            return np.zeros(n, np.int64), np.zeros(n, bool)
        if values.dtype == object:
            try:
                values = np.array([np.nan if v is None else v for v in values], np.float64)
            except (TypeError, ValueError):
                raise InvalidSetting("the column holds text; features on it need numbers", where=name) from None
        integral = values.dtype.kind in "iub"
        units = self.units.setdefault(name, 1 if integral else MILLIONTHS)
        if integral:
            whole = values.astype(np.int64, copy=False)
            return whole if units == 1 else whole * units, None
        present = ~np.isnan(values)
        whole = np.clip(np.rint(np.where(present, values, 0.0) * units), -LIMIT, LIMIT).astype(np.int64)
        return whole, None if present.all() else present

    def _flag(self, name: str) -> np.ndarray:
        """bool[n]: true where the column says so; absent is false."""
        values = self.batch.column(name)
        if values is None:
            return np.zeros(len(self.batch), bool)
        if values.dtype == object:
            return np.array([v is not None and v == v and bool(v) for v in values], bool)
        flag: np.ndarray = (values != 0) & (values == values)
        return flag

    def _identity(self, name: str) -> np.ndarray:
        """int64[n]: stands for the value of an entity, a text or a number; 0 where absent."""
        parts = name.replace("|", "+").split("+")
        if all(part in self.batch.type.ENTITIES for part in parts):
            return self.batch.keys(name).view(np.int64)
        values = self.batch.column(name)
        if values is None:
            return np.zeros(len(self.batch), np.int64)
        if values.dtype == object:
            from assay.core.keys import keys_of

            texts = [None if v is None or v != v else str(v).replace("\n", " ") for v in values]
            return keys_of(texts).view(np.int64)
        number, present = self._number(name)
        mixed = (number.view(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed[mixed == 0] = 1
        return mixed.view(np.int64) if present is None else np.where(present, mixed.view(np.int64), 0)


def _own(array: np.ndarray) -> np.ndarray:
    """One compiled kernel serves all: an array of another layout, or read-only, would have a second one made."""
    return array if array.flags.carray else array.copy()
