"""A pool keeps one entity kind: it owns the memory, grows it, runs the kernel over it, and lets cold keys go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import InvalidSetting
from assay.profiles import book, canonical, kernel
from assay.profiles.longer import longer
from assay.profiles.memory import (
    CAPACITY,
    COUNTERS,
    EDGES,
    FREE_SLOT,
    HEAD,
    KEY,
    LATE,
    LIVE,
    OFFSET,
    SLOTS,
    TAIL,
    TOO_LATE,
    UNMATCHED,
    VALUES,
    WANTED_ROWS,
    WANTED_VALUES,
    Memory,
    find,
    retable,
)
from assay.profiles.plan import Plan
from assay.profiles.values import rehash

_SMALL = 64  # slots, rows and values that an empty pool has room for


@dataclass
class Counts:
    """What became of a pool's keys and events so far.

    late: events older than their key's newest; too_late: by more than the lateness allowed, so that their numbers may
    lack events already dropped; unmatched: labels whose event is not (or no longer) kept; forgotten: keys idle too long;
    evicted: keys that had to make room.
    """

    keys: int
    late: int
    too_late: int
    unmatched: int
    forgotten: int
    evicted: int


class Pool:
    """State of one entity kind under a `Plan`. `row` is its row of the book (see `book.py`), already with its numbers."""

    def __init__(self, plan: Plan, row: np.ndarray, *, max_keys: int, forget: int, round_size: int) -> None:
        self.plan, self._row = plan, row
        self.max_keys, self.round_size = max_keys, round_size
        self.forget = max(forget, int(plan.program.spans[0]))
        self.forgotten = self.evicted = 0
        self.crowd = 2 * round_size  # when more keys than this are held, the idle ones are looked for
        self.scale = np.ones(len(plan.names))  # what a feature's integer is divided by to be in its column's own unit
        dims = plan.program.dims
        self._lanes = int(dims[1] + dims[2] + 2 * dims[3])
        self.row_words = int(1 + self._lanes + dims[4])
        self.state_words = int(EDGES + dims[0] + self._lanes + 3 * dims[6] + dims[7])
        self._ats = np.zeros(len(plan.ats), np.int64)
        book.note(row, book.PROGRAM, plan.program)
        self.memory = self._empty()
        self._room(_SMALL)

    @property
    def memory(self) -> Memory:
        return self._memory

    @memory.setter
    def memory(self, memory: Memory) -> None:
        book.note(self._row, book.MEMORY, memory)
        self._memory = memory

    def _room(self, operations: int) -> None:
        """Room to sort so many operations in."""
        self._order = np.empty((operations, 2), np.int64)
        self._following = np.empty((operations, 4), np.int64)
        book.note(self._row, book.ORDER, (self._order, self._following, self.scale, self._ats))

    def seat(self, own: int, ats: Sequence[int], labels: int) -> None:
        """Where its keys stand in the matrix of keys: its own, those it is looked up under; and its labels (-1: none)."""
        self._row[book.OWN], self._row[book.LABELS] = own, labels
        self._ats[:] = ats

    def _empty(self, slots: int = _SMALL, rows: int = _SMALL, values: int = _SMALL) -> Memory:
        trees, distincts = int(self.plan.program.dims[5]), int(self.plan.program.dims[7])
        counters = np.zeros(COUNTERS, np.int64)
        counters[FREE_SLOT] = -1
        return Memory(
            table=np.zeros((_power(2 * slots), 2), np.int64),
            state=np.zeros((slots, self.state_words), np.int64),
            arena=np.zeros((rows, self.row_words), np.int64),
            trees=np.zeros((rows if trees else 1, max(1, trees)), np.int64),
            values=np.zeros((_power(values if distincts else 2), 2), np.int64),
            free=np.full(48, -1, np.int64),
            vacant=np.zeros((rows + 1) // 2, np.int8),
            counters=counters,
            chain=np.full(slots, -1, np.int64),
            moment=np.zeros(max(1, int(self.plan.program.dims[0])), np.int64),
        )

    def settle(self, units: Mapping[str, int]) -> None:
        """Columns and how they are kept (see `columns.Columns`), as far as is known by now."""
        self.scale[:] = [units.get(name, 1) for name in self.plan.columns]

    def grow(self, operations: int) -> None:
        """Makes the room that a kernel stopped for, before or while it ran so many operations."""
        if self.memory.counters[WANTED_ROWS] or self.memory.counters[WANTED_VALUES]:
            self._more_events()
            return
        if operations > len(self._order):
            self._room(operations)
        live = int(self.memory.counters[LIVE])
        if live + operations > len(self.memory.state):
            self._more_slots(live + operations)

    def peek(self, key: int, time: int, width: int) -> np.ndarray | None:
        """float64[features], read at a moment without an event; None for a key not held."""
        out = np.full((1, width), np.nan)
        signed = np.array([key], np.uint64).view(np.int64)[0]
        if self.memory.table[find(self.memory.table, signed), 0] == 0:
            return None
        while not kernel.look(self.plan.program, self.memory, signed, time, self.scale, out):
            self._more_events()
        mine: np.ndarray = out[0, self.plan.program.features[:, 7]]
        return mine

    # Memory ----------------------------------------------------------------------------------------------------

    def _more_slots(self, needed: int) -> None:
        slots = max(needed, _grown(len(self.memory.state)))
        table = np.zeros((_power(2 * slots), 2), np.int64)
        retable(table, self.memory.state, int(self.memory.counters[SLOTS]))
        chain = np.full(slots, -1, np.int64)
        self.memory = self.memory._replace(table=table, state=longer(self.memory.state, slots), chain=chain)

    def _more_events(self) -> None:
        """Makes the room that a kernel stopped for."""
        memory = self.memory
        rows, values = int(memory.counters[WANTED_ROWS]), int(memory.counters[WANTED_VALUES])
        memory.counters[[WANTED_ROWS, WANTED_VALUES]] = 0
        if values:
            bigger = np.zeros((_power(4 * (int(memory.counters[VALUES]) + values)), 2), np.int64)
            rehash(memory.values, bigger)
            self.memory = memory._replace(values=bigger)
        if rows:
            rows += _grown(len(memory.arena))
            vacant = longer(memory.vacant, (rows + 1) // 2)
            vacant[len(memory.vacant) :] = 0
            trees = longer(memory.trees, rows) if self.plan.program.dims[5] else memory.trees
            self.memory = memory._replace(arena=longer(memory.arena, rows), trees=trees, vacant=vacant)

    def bytes(self) -> int:
        """Bytes of all arrays, room to grow included."""
        return sum(array.nbytes for array in (*self.memory, self._order, self._following))

    def counts(self) -> Counts:
        keys, late, too_late, unmatched = (int(self.memory.counters[i]) for i in (LIVE, LATE, TOO_LATE, UNMATCHED))
        return Counts(keys, late, too_late, unmatched, self.forgotten, self.evicted)

    # Cold keys -------------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Between rounds. When the pool has grown crowded, keys idle for longer than `forget` go; when it still holds
        more than `max_keys`, the coldest go, down to 15/16 of it. The present is taken to be what 99 % of keys have
        not passed, so that one event from the far future cannot empty the pool."""
        live = int(self.memory.counters[LIVE])
        if live <= min(self.crowd, self.max_keys):
            return
        slots, newest = self._newest()
        keep = np.ones(live, bool)
        if live > self.crowd:
            present = np.partition(newest, 99 * (live - 1) // 100)[99 * (live - 1) // 100]
            keep = newest >= present - self.forget
            self.forgotten += live - int(keep.sum())
            self.crowd = max(2 * self.round_size, 2 * int(keep.sum()))
        if keep.sum() > self.max_keys:
            coldest = np.lexsort((self.memory.state[slots, KEY].view(np.uint64), newest))
            coldest = coldest[keep[coldest]][: int(keep.sum()) - self.max_keys * 15 // 16]
            keep[coldest] = False
            self.evicted += len(coldest)
        gone = slots[~keep]
        if len(gone):
            canonical.let_go(self.plan.program, self.memory, gone)
            self.memory.table[:] = 0
            retable(self.memory.table, self.memory.state, int(self.memory.counters[SLOTS]))

    def _newest(self) -> tuple[np.ndarray, np.ndarray]:
        """Slots in use, and the time of the newest event of each."""
        state = self.memory.state[: int(self.memory.counters[SLOTS])]
        slots = np.flatnonzero(state[:, KEY])
        rows = state[slots]
        last = rows[:, OFFSET] + ((rows[:, TAIL] - 1) & (rows[:, CAPACITY] - 1))
        return slots, self.memory.arena[last, 0]

    # The same state as bytes -----------------------------------------------------------------------------------

    def dump(self) -> tuple[dict[str, Any], list[np.ndarray]]:
        """The logical state, keys in order: what differs between two pools that will behave differently, and no more."""
        keys = self.memory.state[: int(self.memory.counters[SLOTS]), KEY]
        slots = np.flatnonzero(keys)
        slots = slots[np.argsort(keys[slots].view(np.uint64))]
        counters = self.memory.counters
        head: dict[str, Any] = {
            "entity": self.plan.entity,
            "keys": len(slots),
            "events": int((self.memory.state[slots, TAIL] - self.memory.state[slots, HEAD]).sum()),
            "values": int(counters[VALUES]),
            "counts": [int(counters[i]) for i in (LATE, TOO_LATE, UNMATCHED)] + [self.forgotten, self.evicted],
            "crowd": self.crowd,
        }
        state = np.empty((len(slots), self.state_words), np.int64)
        events = np.empty((head["events"], self.row_words), np.int64)
        canonical.copy_out(self.memory, slots, state, events)
        return head, [state, events]

    def load(self, head: dict[str, Any], arrays: Sequence[np.ndarray]) -> None:
        """The inverse of `dump`."""
        state, events = arrays
        sizes = state[:, TAIL] - state[:, HEAD]
        capacity = _powers(sizes)
        rows = int(capacity.sum())
        self.memory = self._empty(max(_SMALL, len(state)), max(_SMALL, rows), max(_SMALL, 4 * head["values"]))
        counters = self.memory.counters
        counters[[LATE, TOO_LATE, UNMATCHED]] = head["counts"][:3]
        self.forgotten, self.evicted = head["counts"][3:]
        self.crowd = head["crowd"]
        # Long rings first: then each lies at a multiple of its length, as `rings` has it.
        longest = np.argsort(-capacity, kind="stable")
        starts = np.cumsum(sizes) - sizes
        if (sizes < 1).any() or int(sizes.sum()) != len(events):
            raise InvalidSetting("the snapshot's sizes do not agree with each other")
        canonical.copy_in(self.plan.program, self.memory, state, events, longest, starts, capacity)


def _grown(n: int) -> int:
    return 2 * n if n < 2**18 else n * 5 // 4


def _power(n: int) -> int:
    return 1 << max(1, (n - 1).bit_length())


def _powers(sizes: np.ndarray) -> np.ndarray:
    """The ring length for each number of events."""
    powers: np.ndarray = np.exp2(np.ceil(np.log2(np.maximum(sizes, 2)))).astype(np.int64)
    return powers
