"""A batch: n pieces of evidence of one type, column by column. One piece of evidence is a batch of one, same code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

import numpy as np

from assay.core.clock import micros, moment
from assay.core.evidence import Evidence, Seal

E = TypeVar("E", bound=Evidence)
EVERYTHING = "*"  # as a kind of entity: all evidence of one type together


class Batch(Generic[E]):
    """`ids` list of n; `time` int64[n] microseconds; `columns` name -> array[n]: float64/int64 (absent = NaN) for
    numbers, object (absent = None) for everything else. Column units are those of the type's `to_columns`.

    History may carry the truth: `truth` float64[n] (1 fraud, 0 genuine, NaN unknown) and `known` int64[n], the moment
    that truth arrived. Detectors never see either.
    """

    __slots__ = ("_items", "_keys", "_seal", "columns", "ids", "known", "time", "truth", "type")

    def __init__(
        self,
        type_: type[E],
        ids: list[str],
        time: np.ndarray,
        columns: dict[str, np.ndarray],
        items: Sequence[E] | None = None,
    ) -> None:
        self.type, self.ids, self.time, self.columns = type_, ids, time, columns
        self._items = items
        self._keys: dict[str, np.ndarray] = {}
        self._seal: Seal | None = None  # what has already protected it
        self.truth: np.ndarray | None = None
        self.known: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, items: Sequence[E]) -> Batch[E]:
        """From evidence objects, all of one type; at least one."""
        type_ = type(items[0])
        time = np.array([micros(item.time) for item in items], dtype=np.int64)
        return cls(type_, [item.id for item in items], time, type_.to_columns(items), items)

    def item(self, i: int) -> E:
        """Evidence i as an object (built on demand when the batch was read as columns)."""
        if self._items is not None:
            return self._items[i]
        row = {name: values[i] for name, values in self.columns.items()}
        return cast(E, self.type.from_columns(self.ids[i], moment(int(self.time[i])), row))

    def column(self, name: str) -> np.ndarray | None:
        return self.columns.get(name)

    def entity_kinds(self) -> list[str]:
        """Entity kinds that this batch has a column for."""
        return [kind for kind, field in self.type.ENTITIES.items() if field in self.columns]

    def entity(self, kind: str) -> np.ndarray:
        """object[n]: the id of this kind of entity in each row, None where absent."""
        values = self.columns.get(self.type.ENTITIES.get(kind, ""))
        return values if values is not None else np.full(len(self), None, dtype=object)

    def keys(self, kind: str) -> np.ndarray:
        """uint64[n]: 64-bit keys of that entity, 0 where absent. Cached.

        "customer+payee" keys the pair, in that order; absent where either is. "customer|card" keys the first present. "*" is
        everything together: one key, in every row.
        """
        keys = self._keys.get(kind)
        if keys is None:
            from assay.core.keys import fill_first, keys_of, pair_keys

            if kind == EVERYTHING:
                keys = np.ones(len(self), np.uint64)
            elif "+" in kind:
                first, _, rest = kind.partition("+")
                keys = pair_keys(self.keys(first), self.keys(rest))
            elif "|" in kind:
                keys = np.zeros(len(self), np.uint64)
                for one in kind.split("|"):
                    if self.type.ENTITIES.get(one) in self.columns:
                        fill_first(keys, one, kind, self.keys(one))
            else:
                keys = keys_of(self.entity(kind).tolist())
            self._keys[kind] = keys
        return keys

    def keys_together(self, kinds: Sequence[str]) -> None:
        """Has the keys of these kinds ready: those of single entities are made in one go, which for a batch of one costs a
        fraction of making each."""
        single = dict.fromkeys(part for kind in kinds for part in kind.replace("+", "|").split("|"))
        wanted = [kind for kind in single if kind != EVERYTHING and kind not in self._keys]
        if len(wanted) > 1:
            from assay.core.keys import keys_of

            ids = [id_ for kind in wanted for id_ in self.entity(kind).tolist()]
            keys = keys_of(ids).reshape(len(wanted), len(self))
            self._keys |= zip(wanted, keys, strict=True)

    def protected(self, seal: Seal) -> Batch[E]:
        """This batch with sensitive values replaced by tokens (see `Evidence.protect`); itself where there are none, or
        where this seal has been over it before."""
        if self._seal is seal:
            return self
        columns = self.type.protect(self.columns, seal)
        if columns is self.columns:
            self._seal = seal
            return self
        sealed = Batch(self.type, self.ids, self.time, columns, self._items if self.type.HEAVY else None)
        sealed.truth, sealed.known, sealed._seal = self.truth, self.known, seal
        return sealed

    def take(self, rows: np.ndarray) -> Batch[E]:
        """The batch of these rows (indices or a boolean mask), in their order."""
        index = np.flatnonzero(rows) if rows.dtype == bool else rows
        items = None if self._items is None else [self._items[int(i)] for i in index]
        taken = Batch(
            self.type,
            [self.ids[i] for i in index],
            self.time[index],
            {name: values[index] for name, values in self.columns.items()},
            items,
        )
        if self.truth is not None and self.known is not None:
            taken.truth, taken.known = self.truth[index], self.known[index]
        return taken

    def split(self, size: int) -> Iterable[Batch[E]]:
        """Consecutive batches of at most `size` rows."""
        for start in range(0, len(self), size):
            yield self if len(self) <= size else self.take(np.arange(start, min(start + size, len(self))))

    def row(self, i: int) -> dict[str, Any]:
        """Row i as plain values, without the absent ones."""
        out: dict[str, Any] = {}
        for name, values in self.columns.items():
            value = values[i]
            if isinstance(value, np.generic):
                value = value.item()
            if value is not None and value == value:
                out[name] = value
        return out


def concat(batches: Sequence[Batch[E]]) -> Batch[E]:
    """One batch of many of the same type, in order; a column that one lacks is absent there."""
    if len(batches) == 1:
        return batches[0]
    names = {name: values.dtype for batch in batches for name, values in batch.columns.items()}
    columns = {}
    for name, dtype in names.items():
        absent: Any = None if dtype == object else np.nan
        columns[name] = np.concatenate(
            [
                b.columns[name] if name in b.columns else np.full(len(b), absent, dtype=type_or_float(dtype))
                for b in batches
            ]
        )
    items = None
    if all(b._items is not None for b in batches):
        items = [item for b in batches for item in b._items or ()]
    whole = Batch(
        batches[0].type,
        [id_ for b in batches for id_ in b.ids],
        np.concatenate([b.time for b in batches]),
        columns,
        items,
    )
    if all(b.truth is not None and b.known is not None for b in batches):
        whole.truth = np.concatenate([b.truth for b in batches if b.truth is not None])
        whole.known = np.concatenate([b.known for b in batches if b.known is not None])
    return whole


def type_or_float(dtype: np.dtype[Any]) -> Any:
    """A dtype that can hold "absent": objects as they are, numbers as float64."""
    return object if dtype == object else np.float64
