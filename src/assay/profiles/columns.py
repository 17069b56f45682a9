"""A batch's columns as the 64-bit integers that profiles keep. Integer columns are kept as they are (minor units of money);
floats in millionths, rounded, so that sums of either are exact and an event taken out leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.errors import InvalidSetting
from assay.core.keys import keys_of
from assay.profiles.compiled import kernel
from assay.profiles.condition import Condition
from assay.profiles.plan import Input, Ordered, Plan

MILLIONTHS = 1_000_000
LIMIT = 2**62  # a float beyond 4.6e12 in magnitude is kept as that
_HIGHEST = np.int64(2**63 - 1)
_SEQ, _FLAG, _IDENTITY, _VALUE, _PRESENT, _LOW, _HIGH = range(7)
_WHAT = {
    "seq": _SEQ, "flag": _FLAG, "identity": _IDENTITY, "value": _VALUE, "present": _PRESENT, "low": _LOW, "high": _HIGH,
}  # fmt: skip


class Intake:
    """What all plans together need of a batch, settled once.

    kinds       entity kinds whose keys are wanted; then, in the same matrix, columns to be told apart (`identities`)
    numbers     columns read as numbers
    wheres      boolean columns, then the texts of conditions on features
    recipes     int64[inputs, 4]: what an input is, the row of its column, the row of its flag (-1: none), is that a condition
    """

    def __init__(self, plans: Sequence[Plan], inputs: Sequence[Input], conditions: dict[str, Condition]) -> None:
        kinds, identities, numbers, wheres = (Ordered() for _ in range(4))
        for plan in plans:
            for kind in (plan.entity, *plan.ats):
                kinds.at(kind)
        for wanted in inputs:
            if wanted.where and not wanted.conditional:
                wheres.at(wanted.where)
        self.plain = len(wheres)
        for text in conditions:
            wheres.at(text)
        rows = []
        for wanted in inputs:
            column = -1
            if wanted.what == "identity":
                column = len(kinds) + identities.at(wanted.column)
            elif wanted.column:
                column = numbers.at(wanted.column)
            flag = wheres.index(wanted.where) if wanted.where else -1
            rows.append((_WHAT[wanted.what], column, flag, wanted.conditional))
        self.kinds, self.identities = tuple(kinds), tuple(identities)
        self.numbers, self.wheres = tuple(numbers), tuple(wheres)
        self.recipes = np.array(rows, np.int64).reshape(-1, 4)
        told = conditions.values()
        self.features = np.array([condition.column for condition in told], np.int64)
        self.limits = np.array([condition.limit for condition in told], np.float64)
        self.negated = np.array([condition.negated for condition in told], bool)


class Columns:
    """The inputs of one batch, each converted once. `units` remembers, over all batches, how a column is kept: 1 for
    integers, `MILLIONTHS` for floats, settled when the column is first seen.

    keys     uint64[kinds and identities, n], 0 absent
    numbers  int64[numbers, n] in their column's units, 0 where absent; present bool[numbers, n]
    flags    bool[wheres, n]
    """

    def __init__(self, batch: Batch[Any], intake: Intake, units: dict[str, int], first: int) -> None:
        n = len(batch)
        self.batch, self.intake, self.first = batch, intake, first
        self.time = _own(batch.time)
        self.keys = np.empty((len(intake.kinds) + len(intake.identities), n), np.uint64)
        self.numbers = np.zeros((len(intake.numbers), n), np.int64)
        self.present = np.zeros((len(intake.numbers), n), bool)
        self.flags = np.zeros((len(intake.wheres), n), bool)
        batch.keys_together(intake.kinds)
        for row, kind in enumerate(intake.kinds):
            self.keys[row] = batch.keys(kind)
        for row, name in enumerate(intake.numbers):
            self._convert(name, units, self.numbers[row], self.present[row])
        for row, name in enumerate(intake.identities, start=len(intake.kinds)):
            self.keys[row] = self._identity(name, units)
        for row, name in enumerate(intake.wheres[: intake.plain]):
            self.flags[row] = self._flag(name)

    def fill(self, start: int, words: np.ndarray, *, conditional: bool) -> None:
        """The inputs of the rows from `start` on into words int64[rows, inputs]: those known at once, or those that hang
        on conditions, which `judge` has settled for these rows."""
        _compose(
            self.intake.recipes,
            self.numbers,
            self.present,
            self.keys,
            self.flags,
            start,
            self.first,
            words,
            conditional,
        )

    def judge(self, start: int, out: np.ndarray) -> None:
        """The conditions on features, for the rows from `start` on, from their profile so far."""
        intake = self.intake
        _judge(intake.features, intake.limits, intake.negated, start, out, self.flags[intake.plain :])

    def _convert(self, name: str, units: dict[str, int], number: np.ndarray, present: np.ndarray) -> None:
        """One column of numbers into int64[n] and bool[n], which are zero; an absent one leaves them so."""
        values = self.batch.column(name)
        if values is None:
            return
        if values.dtype == object:
            try:
                values = np.array([np.nan if v is None else v for v in values], np.float64)
            except (TypeError, ValueError):
                raise InvalidSetting("the column holds text; features on it need numbers", where=name) from None
        integral = values.dtype.kind in "iub"
        unit = units.setdefault(name, 1 if integral else MILLIONTHS)
        if integral:
            number[:] = values.astype(np.int64, copy=False) * unit
            present[:] = True
        else:
            _whole(_own(values.astype(np.float64, copy=False)), unit, number, present)

    def _flag(self, name: str) -> np.ndarray | bool:
        """bool[n]: true where the column says so; absent is false."""
        values = self.batch.column(name)
        if values is None:
            return False
        if values.dtype == object:
            return np.array([v is not None and v == v and bool(v) for v in values], bool)
        flag: np.ndarray = (values != 0) & (values == values)
        return flag

    def _identity(self, name: str, units: dict[str, int]) -> np.ndarray | int:
        """uint64[n]: stands for the value of an entity, a text or a number; 0 where absent."""
        parts = name.replace("|", "+").split("+")
        if all(part in self.batch.type.ENTITIES for part in parts):
            return self.batch.keys(name)
        values = self.batch.column(name)
        if values is None:
            return 0
        if values.dtype == object:
            texts = [None if v is None or v != v else str(v).replace("\n", " ") for v in values]
            return keys_of(texts)
        number, present = np.zeros(len(values), np.int64), np.zeros(len(values), bool)
        self._convert(name, units, number, present)
        mixed = (number.view(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed[mixed == 0] = 1
        return np.where(present, mixed, np.uint64(0))


def _own(array: np.ndarray) -> np.ndarray:
    """One compiled kernel serves all: an array of another layout, or read-only, would have a second one made."""
    return array if array.flags.carray else array.copy()


@kernel
def _whole(values, unit, out, present):  # type: ignore[no-untyped-def]
    """Floats as whole numbers of 1/unit, to the nearest; NaN is absent."""
    for i in range(len(values)):
        value = values[i]
        present[i] = value == value
        if value == value:
            scaled = np.rint(value * unit)
            if scaled >= 4611686018427387904.0:  # LIMIT
                out[i] = LIMIT
            elif scaled <= -4611686018427387904.0:
                out[i] = -LIMIT
            else:
                out[i] = np.int64(scaled)


@kernel
def _compose(recipes, numbers, present, keys, flags, start, first, words, conditional):  # type: ignore[no-untyped-def]
    """See `Columns.fill`; `first` is the number of the batch's first event."""
    for r in range(len(recipes)):
        what, column, flag = recipes[r, 0], recipes[r, 1], recipes[r, 2]
        if (recipes[r, 3] != 0) != conditional:
            continue
        for i in range(len(words)):
            at = start + i
            said = flag < 0 or flags[flag, at]
            if what == _SEQ:
                words[i, r] = first + at
            elif what == _IDENTITY:
                words[i, r] = np.int64(keys[column, at]) if said else 0
            else:
                if column >= 0:
                    said = said and present[column, at]
                if what in (_FLAG, _PRESENT):
                    words[i, r] = said
                elif what == _VALUE:
                    words[i, r] = numbers[column, at] if said else 0
                elif what == _LOW:
                    words[i, r] = numbers[column, at] if said else _HIGHEST
                else:
                    words[i, r] = -numbers[column, at] if said else _HIGHEST


@kernel
def _judge(features, limits, negated, start, out, flags):  # type: ignore[no-untyped-def]
    """Is the feature above its limit (or, negated, not: NaN is not)?"""
    for c in range(len(features)):
        for i in range(len(out)):
            flags[c, start + i] = (out[i, features[c]] > limits[c]) != negated[c]
