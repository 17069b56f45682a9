"""Where to find a record by evidence id or entity: sorted runs on disk, and what is newer in memory.

Looks up 64-bit keys, so an answer may name a record of another id with the same key: the caller compares the text.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assay.ledger.recent import Entries, Recent, id_keys
from assay.ledger.runs import Runs

FLUSH_ROWS = 131_072
"""Decisions gathered in memory before they become a run: bounds both memory and what a restart has to rebuild."""


class Index:
    """All methods may be called from any thread; `flush` from one at a time."""

    def __init__(self, folder: Path, upto: int, *, writable: bool, flush_rows: int = FLUSH_ROWS) -> None:
        if writable:
            folder.mkdir(exist_ok=True)
        self._lock = threading.RLock()
        self._flush_rows = flush_rows
        # An id lost to a damaged file would be decided twice; an entity's history would only look shorter.
        self.ids = Runs(folder, "ids", upto, writable=writable, check=writable)
        self.entities = Runs(folder, "entities", upto, writable=writable, check=False)
        self._recent, self._frozen = Recent(), None  # type: tuple[Recent, Recent | None]
        self.last = self.covered

    @property
    def covered(self) -> int:
        """Every seq up to here is in the runs."""
        return min(self.ids.covered, self.entities.covered)

    def add(self, ids: list[str], keys: np.ndarray, entities: Entries, first: int) -> None:
        """Decisions numbered from `first`, which is `last + 1`."""
        with self._lock:
            # One of the two may have been written before a crash and the other not.
            self._recent.add(ids, keys, entities if first > self.entities.covered else None, first)
            self.skip(first + len(ids) - 1)
            if self._frozen is None and len(self._recent.by_id) >= self._flush_rows:
                self.freeze()

    def skip(self, last: int) -> None:
        """Records up to here that have nothing to find (labels, audit events)."""
        with self._lock:
            self._recent.last = self.last = last

    def freeze(self) -> None:
        """Set what is in memory aside for the next `flush`."""
        with self._lock:
            if self._frozen is None:
                self._frozen, self._recent = self._recent, Recent()
                self._recent.last = self._frozen.last

    def ready(self, committed: int) -> bool:
        """Is there something to flush, all of it durable?"""
        frozen = self._frozen
        return frozen is not None and bool(frozen.by_id) and frozen.last <= committed

    def flush(self, committed: int) -> bool:
        """Write what was set aside as runs, once all of it is durable. Returns whether it did. Raises OSError; what is
        in memory then stays there."""
        frozen = self._frozen
        if frozen is None or frozen.last > committed:
            return False
        if frozen.by_id:
            for runs, entries in ((self.ids, frozen.ids), (self.entities, frozen.entities)):
                if frozen.last > runs.covered:
                    fresh = entries.seqs > runs.covered
                    runs.add(entries.keys[fresh], entries.seqs[fresh], frozen.last)
        with self._lock:
            self._frozen = None
        self.ids.merge()
        self.entities.merge()
        return True

    def damaged(self) -> list[str]:
        """Names of run files that are not as they were written."""
        return [run.path.name for runs in (self.ids, self.entities) for run in runs.runs if not run.intact()]

    def find(self, ids: Sequence[str], keys: np.ndarray | None = None) -> tuple[dict[int, int], list[tuple[int, int]]]:
        """(row -> seq, certain) and [(row, seq), to be compared] for ids that may be on record."""
        certain: dict[int, int] = {}
        with self._lock:
            recent, frozen, runs = self._recent, self._frozen, self.ids
            for entries in (frozen, recent):
                if entries is not None and not entries.by_id.keys().isdisjoint(ids):
                    certain |= {row: seq for row, id_ in enumerate(ids) if (seq := entries.by_id.get(id_)) is not None}
        if not runs.runs:
            return certain, []
        return certain, runs.find(id_keys(list(ids)) if keys is None else keys)

    def newest(self, key: np.uint64, before: int, limit: int) -> np.ndarray:
        """The highest seqs below `before` of one entity, at most `limit`, ascending; int64."""
        with self._lock:
            found: list[np.ndarray] = []
            for entries in (self._recent, self._frozen):
                if entries is not None:
                    found.append(entries.newest(key, before, limit))
                    limit -= len(found[-1])
            found.append(self.entities.newest(key, before, limit))
        # While a flush is between its steps an entry is in a run and in memory.
        return np.unique(np.concatenate(found))

    def count(self, key: np.uint64, before: int) -> int:
        """How many records below `before` name one entity (those in runs are all below)."""
        with self._lock:
            memory = sum(e.count(key, before) for e in (self._recent, self._frozen) if e is not None)
            return memory + self.entities.count(key)
