"""The index entries that no sorted run holds yet, in memory; a restart rebuilds them from the segments."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.core.entity import Entity
from assay.core.keys import keys_of


def id_keys(ids: list[str]) -> np.ndarray:
    """uint64[n] keys of evidence ids. Ids that share a key do no harm: whoever looks one up compares the text."""
    try:
        return keys_of(ids)
    except ValueError:  # an id with a line feed
        return keys_of([id_.replace("\n", "\0") for id_ in ids])


@cache
def _salt(kind: str) -> np.uint64:
    """The same id under another entity kind is another entity."""
    return np.uint64(keys_of([f"entity kind {kind}"])[0])


@cache
def _salts(kinds: tuple[str, ...]) -> np.ndarray:
    return np.array([_salt(kind) for kind in kinds], np.uint64)[:, None]


def entity_key(entity: Entity) -> np.uint64:
    return np.uint64(keys_of([entity.id])[0] ^ _salt(entity.kind))


Entries = tuple[np.ndarray, np.ndarray]
"""Keys, uint64, and the seq of each, int64; ascending in seq under each key."""


def entity_entries(batch: Batch[Any], rows: slice | np.ndarray, first: int) -> Entries:
    """The entities of these rows, which are numbered from `first`."""
    kinds = tuple(batch.entity_kinds())
    if not kinds:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    keys = np.array([batch.keys(kind)[rows] for kind in kinds])
    present = keys != 0
    return (keys ^ _salts(kinds))[present], first + np.nonzero(present)[1]


class Growing:
    """Keys and seqs side by side, appended at the end."""

    def __init__(self) -> None:
        self._keys, self._seqs = np.empty(1024, np.uint64), np.empty(1024, np.int64)
        self.n = 0

    @property
    def keys(self) -> np.ndarray:
        return self._keys[: self.n]

    @property
    def seqs(self) -> np.ndarray:
        return self._seqs[: self.n]

    def add(self, keys: np.ndarray, seqs: np.ndarray) -> None:
        end = self.n + len(keys)
        if end > len(self._keys):
            size = max(end, 2 * len(self._keys))
            self._keys, self._seqs = np.resize(self._keys, size), np.resize(self._seqs, size)
        self._keys[self.n : end], self._seqs[self.n : end] = keys, seqs
        self.n = end


class Recent:
    """Entries of the seqs after the runs' `covered`: ids by their text, and (key, seq) pairs for the next runs."""

    def __init__(self) -> None:
        self.by_id: dict[str, int] = {}
        self.ids, self.entities = Growing(), Growing()
        self.last = 0

    def add(self, ids: list[str], keys: np.ndarray, entities: Entries | None, first: int) -> None:
        """Rows numbered from `first`."""
        n = len(ids)
        self.by_id.update(zip(ids, range(first, first + n), strict=True))
        self.ids.add(keys, np.arange(first, first + n))
        if entities is not None:
            self.entities.add(*entities)
        self.last = first + n - 1

    def newest(self, key: np.uint64, before: int, limit: int) -> np.ndarray:
        """The highest seqs below `before` of one entity, at most `limit`, ascending."""
        keys, seqs = self.entities.keys, self.entities.seqs
        found = np.sort(seqs[keys == key])
        return found[found < before][-limit:] if limit > 0 else found[:0]

    def count(self, key: np.uint64, before: int) -> int:
        return int(((self.entities.keys == key) & (self.entities.seqs < before)).sum())
