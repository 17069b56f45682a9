"""The index entries that no sorted run holds yet, in memory; a restart rebuilds them from the segments."""

from __future__ import annotations

from functools import cache

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


def entity_key(entity: Entity) -> np.uint64:
    return np.uint64(keys_of([entity.id])[0] ^ _salt(entity.kind))


def entity_keys(batch: Batch[object], rows: slice | np.ndarray) -> list[np.ndarray]:  # type: ignore[type-var]
    """One uint64 array for each entity kind of the batch: salted keys, 0 where absent."""
    out = []
    for kind in batch.entity_kinds():
        keys = batch.keys(kind)[rows]
        out.append(np.where(keys != 0, keys ^ _salt(kind), np.uint64(0)))
    return out


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

    def add(self, ids: list[str], keys: np.ndarray, entities: list[np.ndarray], first: int) -> None:
        """Rows numbered from `first`."""
        n = len(ids)
        self.by_id.update(zip(ids, range(first, first + n), strict=True))
        seqs = np.arange(first, first + n)
        self.ids.add(keys, seqs)
        for keys_ in entities:
            present = keys_ != 0
            self.entities.add(*((keys_, seqs) if present.all() else (keys_[present], seqs[present])))
        self.last = first + n - 1

    def newest(self, key: np.uint64, before: int, limit: int) -> np.ndarray:
        """The highest seqs below `before` of one entity, at most `limit`, ascending."""
        keys, seqs = self.entities.keys, self.entities.seqs
        found = np.sort(seqs[keys == key])
        return found[found < before][-limit:] if limit > 0 else found[:0]

    def count(self, key: np.uint64, before: int) -> int:
        return int(((self.entities.keys == key) & (self.entities.seqs < before)).sum())
