"""`Profiles`: what every entity has done lately, as exact numbers, kept up to date event by event.

Live traffic, history and training all go through `observe`/`replay`, which differ only in who brings the labels; the
numbers do not depend on how a stream is cut into batches, and a batch of one is the online path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting
from assay.core.keys import first_present
from assay.core.profile import Profile
from assay.profiles import snapshot
from assay.profiles.book import WORDS
from assay.profiles.columns import Columns, Intake
from assay.profiles.condition import conditional, conditions
from assay.profiles.kernel import step
from assay.profiles.pending import Pending
from assay.profiles.plan import Ordered
from assay.profiles.plan import plan as make_plan
from assay.profiles.pool import Counts, Pool
from assay.profiles.spec import Feature

ROUND = 32_768
_WORTH_THREADS = 1024
_NO_KEYS = np.empty((1, 0), np.uint64)


class _Stretch(NamedTuple):
    """Events of a batch that are taken in one go: which row is the first, their times, inputs and features, and the labels
    due before them, as `kernel.step` wants them."""

    start: int
    time: np.ndarray
    words: np.ndarray
    out: np.ndarray
    labels: np.ndarray
    when: np.ndarray


class Profiles:
    """Window features of every entity kind that `features` name.

    lateness    how far behind its key's newest event an event may come and still see all it should. Events are kept for
                the longest window and delay plus this; one that comes later gets what is left and is counted `too_late`
    max_keys    keys held per entity kind; between rounds of `round_size` events the coldest make room
    forget      a key idle this long may be dropped (its age starts anew); never less than events are kept
    threads     entity kinds run side by side on so many threads in batches of a thousand and more; the numbers are the same

    Raises InvalidSetting for a feature that makes no sense, naming it.
    """

    def __init__(
        self,
        features: Sequence[Feature],
        *,
        lateness: str = "1d",
        max_keys: int = 5_000_000,
        forget: str = "180d",
        round_size: int = ROUND,
        threads: int = 1,
    ) -> None:
        self.features = tuple(features)
        self.names = tuple(feature.key for feature in self.features)
        twice = {name for name in self.names if self.names.count(name) > 1}
        if twice:
            raise InvalidSetting("two features have this name", where=f"feature {min(twice)}")
        if max_keys < 1 or round_size < 1:
            raise InvalidSetting("max_keys and round_size must be at least 1")
        self.settings = {"lateness": lateness, "max_keys": max_keys, "forget": forget, "round_size": round_size}
        self._round = round_size
        self._conditions = conditions(self.features)
        self._inputs = Ordered()
        self._pools: dict[str, Pool] = {}  # those whose features stand on no other feature first
        entities = sorted({(conditional(f), f.entity) for f in self.features})
        self._book = np.zeros((len(entities), WORDS), np.int64)
        for row, (later, entity) in zip(self._book, entities, strict=True):
            mine = [i for i, f in enumerate(self.features) if f.entity == entity and conditional(f) == later]
            made = make_plan(entity, [self.features[i] for i in mine], mine, parse_duration(lateness), self._inputs)
            pool = Pool(made, row, max_keys=max_keys, forget=parse_duration(forget), round_size=round_size)
            self._pools[f"{entity} conditional" if later else entity] = pool
        self._each = tuple(self._pools.values())
        plans = [pool.plan for pool in self._each]
        self._first = np.array([i for i, plan in enumerate(plans) if not plan.conditional], np.int64)
        self._later = np.array([i for i, plan in enumerate(plans) if plan.conditional], np.int64)
        self._intake = Intake(plans, self._inputs, self._conditions)
        self._threads = ThreadPoolExecutor(threads, "profiles") if threads > 1 else None
        self.labelled = tuple(dict.fromkeys(p.plan.entity for p in self._pools.values() if p.plan.labelled))
        for pool in self._each:
            plan, kinds = pool.plan, self._intake.kinds
            labels = self.labelled.index(plan.entity) if plan.labelled else -1
            pool.seat(kinds.index(plan.entity), [kinds.index(at) for at in plan.ats], labels)
        self._unlabelled = np.empty((max(1, len(self.labelled)), 0, 4), np.int64)
        self.seen = 0  # events so far: the number of the next one
        self.clock = -(2**63)  # newest event time so far
        self._pending = Pending.none(len(self.labelled))
        self._units: dict[str, int] = {}

    # Events ----------------------------------------------------------------------------------------------------

    def observe(self, batch: Batch[Any]) -> Profile:
        """Takes the events in, in order; each event's row is read when it has just arrived and counts itself.

        Returns float64[n, F] under `names`: NaN where the entity is absent or has no such past. Event i of the batch
        has number `seen + i` (before the call), by which `label` may name it later. The truth in a batch is not read.
        """
        return self._run(batch, None)

    def replay(self, batch: Batch[Any]) -> Profile:
        """As `observe`, over history: frauds (`batch.truth == 1`) also become known, each before the first event at or
        after its `batch.known` (and after its own event); those not due by the batch's end wait for later batches."""
        if batch.truth is None or batch.known is None:
            return self._run(batch, None)
        frauds = np.flatnonzero(batch.truth == 1)
        keys = np.empty((len(frauds), len(self.labelled)), np.uint64)
        for j, entity in enumerate(self.labelled):
            keys[:, j] = batch.keys(entity)[frauds]
        fresh = Pending(batch.known[frauds].astype(np.int64), batch.time[frauds], self.seen + frauds, keys)
        return self._run(batch, fresh)

    def label(self, keys: Mapping[str, np.ndarray], time: np.ndarray, seq: np.ndarray, fraud: np.ndarray) -> None:
        """Labels that arrive now. keys: entity kind -> uint64[m], at least the kinds in `labelled` that the events had
        (0 absent); time int64[m] and seq int64[m] of the events; fraud bool[m], False takes an earlier fraud back.

        A label whose event is not kept (any more) is counted as `unmatched` and changes nothing; one given twice counts
        once.
        """
        m = len(time)
        labels = np.zeros((max(1, len(self.labelled)), m, 4), np.int64)
        for kind, entity in enumerate(self.labelled):
            if entity in keys:
                labels[kind, :, 0] = keys[entity].view(np.int64)
        labels[:, :, 1], labels[:, :, 2], labels[:, :, 3] = time, seq, fraud
        none, words = np.empty(0, np.int64), np.empty((0, len(self._inputs)), np.int64)
        stretch = _Stretch(0, none, words, np.empty((0, len(self.names))), labels, np.zeros(m, np.int64))
        told = np.array([i for i, pool in enumerate(self._each) if pool.plan.labelled], np.int64)
        self._run_pools(_NO_KEYS, stretch, told)

    def _run(self, batch: Batch[Any], fresh: Pending | None) -> Profile:
        n = len(batch)
        out = np.empty((n, len(self.names)))
        if n == 0:
            return Profile(self.names, out)
        known = len(self._units)
        columns = Columns(batch, self._intake, self._units, self.seen)
        if len(self._units) != known:
            self._settle()
        due, when = self._due(columns.time, self.seen, fresh)
        start = 0
        while start < n:
            into = self.seen % self._round
            if into == 0 and self.seen:
                for pool in self._each:
                    pool.tidy()
            stop = min(n, start + self._round - into)
            self._step(columns, start, stop, due, when, out)
            self.seen += stop - start
            start = stop
        return Profile(self.names, out)

    def _due(self, time: np.ndarray, first: int, fresh: Pending | None) -> tuple[Pending | None, np.ndarray]:
        """The labels that fall due in this batch and before which event; the others stay pending. Moves the clock."""
        waiting = self._pending if fresh is None or not len(fresh) else self._pending.joined(fresh)
        newest = max(self.clock, int(time[0] if len(time) == 1 else time.max()))
        if not len(waiting) or waiting.known[0] > newest:
            self._pending, self.clock = waiting, newest
            return None, time[:0]
        clock = np.maximum.accumulate(np.maximum(time, self.clock))
        self.clock = int(clock[-1])
        when = waiting.due(clock, first)
        now = when < len(time)
        self._pending = waiting.take(~now)
        due, when = waiting.take(now), when[now]
        order = np.argsort(when, kind="stable")
        return due.take(order), when[order]

    def _step(
        self, columns: Columns, start: int, stop: int, due: Pending | None, moment: np.ndarray, out: np.ndarray
    ) -> None:
        """Events start..stop-1, all of one round, with the labels due before each."""
        words = np.empty((stop - start, len(self._inputs)), np.int64)
        labels, when = self._unlabelled, moment[:0]
        if due is not None:
            some = slice(*np.searchsorted(moment, [start, stop]))
            labels, when = due.take(some).labels(len(self._unlabelled)), moment[some] - start
        stretch = _Stretch(start, columns.time[start:stop], words, out[start:stop], labels, when)
        columns.fill(start, words, conditional=False)
        self._advance(columns, stretch, self._first)
        if len(self._later):
            columns.judge(start, stretch.out)
            columns.fill(start, words, conditional=True)
            self._advance(columns, stretch, self._later)

    def _advance(self, columns: Columns, stretch: _Stretch, pools: np.ndarray) -> None:
        """Runs pools that do not depend on each other; on several threads where that pays."""
        if self._threads is None or len(stretch.time) < _WORTH_THREADS:
            self._run_pools(columns.keys, stretch, pools)
        else:
            list(self._threads.map(partial(self._run_pools, columns.keys, stretch), pools[:, None]))

    def _run_pools(self, keys: np.ndarray, stretch: _Stretch, pools: np.ndarray) -> None:
        """Runs these pools, each made to grow where the kernel stops for want of room."""
        start, time, words, out, labels, when = stretch
        place = np.array([0, -1])
        while (p := step(self._book, pools, keys, start, time, words, labels, when, out, place)) >= 0:
            pool = self._each[p]
            pool.grow(len(time) * (1 + len(pool.plan.ats)) + len(when))

    def _settle(self) -> None:
        """A column was seen for the first time: features on it are given in its unit."""
        for pool in self._each:
            pool.settle(self._units)

    # State -----------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """The whole state. `restore` gives profiles that will say the same as these, bit for bit."""
        pools = [pool.dump() for pool in self._each]
        pending = self._pending
        head = {
            "settings": self.settings,
            "seen": self.seen,
            "clock": self.clock,
            "units": dict(sorted(self._units.items())),
            "pending": len(pending),
            "pools": [head for head, _ in pools],
        }
        arrays = [pending.known, pending.time, pending.seq, pending.keys, *(a for _, two in pools for a in two)]
        return snapshot.pack(self.features, head, arrays)

    @classmethod
    def restore(cls, features: Sequence[Feature], data: bytes, *, threads: int = 1) -> Profiles:
        """From `snapshot`. Raises InvalidSetting when it was taken under other features or by another version, or when
        it is damaged."""
        head, body = snapshot.unpack(features, data)
        profiles = cls(features, **head["settings"], threads=threads)
        profiles.seen, profiles.clock, profiles._units = head["seen"], head["clock"], head["units"]
        m, kinds = head["pending"], len(profiles.labelled)
        known, time, seq = (body.take(m) for _ in range(3))
        profiles._pending = Pending(known, time, seq, body.take(m, kinds).view(np.uint64))
        profiles._settle()
        for pool, part in zip(profiles._each, head["pools"], strict=True):
            pool.load(part, [body.take(part["keys"], pool.state_words), body.take(part["events"], pool.row_words)])
        return profiles

    def digest(self) -> str:
        """SHA-256 of the logical state, in hex: equal exactly when two profiles will go on to say the same."""
        return hashlib.sha256(self.snapshot()).hexdigest()

    def memory(self) -> int:
        """Bytes held, room to grow included."""
        return sum(pool.bytes() for pool in self._each)

    def counts(self) -> dict[str, Counts]:
        """Per entity kind: keys held, late events, labels unmatched, keys let go."""
        return {entity: pool.counts() for entity, pool in self._pools.items()}

    # One entity ------------------------------------------------------------------------------------------------

    def peek(self, entity: str, key: int, time: int) -> dict[str, float]:
        """What the features of one entity say at a moment at which nothing happens; {} for a key not held.

        Counts the events up to `time`. `ratio` and `zscore`, which speak of an event of their own, are NaN.
        """
        said: dict[str, float] = {}
        for pool in self._each:
            if entity in pool.plan.entity.split("|"):
                values = pool.peek(first_present(entity, pool.plan.entity, key), time, len(self.names))
                if values is not None:
                    said |= zip(pool.plan.names, values.tolist(), strict=True)
        return said
