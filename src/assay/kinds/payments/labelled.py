"""Labelled history: a table of payments read, put in time order, sealed as at the door, and replayed through profiles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.batch import Batch, concat
from assay.core.clock import parse_duration
from assay.core.errors import InvalidSetting, UnreadableInput
from assay.core.kind import RowError
from assay.core.profile import Profile
from assay.formats.mapping import Mapping, load_mapping
from assay.kinds.payments.features import DELAY, WARM_UP
from assay.kinds.payments.reader import PaymentTable
from assay.profiles import Feature, Profiles

_TABLES = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson")


@dataclass
class Labelled:
    """Payments in time order with the profile each met. `truth` is 1, 0 or NaN; `known` when it arrived.

    `delay` says where that moment comes from: a duration, or "as given" by the table.
    """

    batch: Batch[Any]
    profile: Profile
    truth: np.ndarray
    known: np.ndarray
    mapping: Mapping
    delay: str
    refused: int

    @property
    def time(self) -> np.ndarray:
        return self.batch.time

    @property
    def warm(self) -> np.ndarray:
        """bool[n]: payments after the warm-up, at most a quarter of the whole time."""
        first, last = int(self.time[0]), int(self.time[-1])
        return np.asarray(self.time >= first + min(WARM_UP, (last - first) // 4))

    def as_of(self, today: int, *, cold: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Rows (indices) to learn from at a moment, and their truth (0/1) as it was known then: payments after the
        warm-up (`cold`: of the warm-up too) and old enough that nine in ten of the frauds known by then were known at
        that age, or older than a third of the time there is. A payment of which nothing bad has been heard by then counts
        as genuine, as it would."""
        known = self.known <= today
        late = (self.known - self.time)[(self.truth == 1) & known]
        wait = float(np.quantile(late, 0.9)) if len(late) else 0.0
        wait = min(wait, (today - int(self.time[0])) / 3)
        rows = np.flatnonzero(~np.isnan(self.truth) & (self.warm | cold) & (self.time <= today - wait))
        return rows, np.where(known[rows], self.truth[rows], 0.0)

    def part(self, rows: np.ndarray) -> tuple[Batch[Any], Profile]:
        """Batch and profile of these rows (indices)."""
        return self.batch.take(rows), Profile(self.profile.names, self.profile.values[rows])


def read_labelled(
    data: Path, mapping: Path | None, features: Sequence[Feature], label_delay: str | None = None
) -> Labelled:
    """Reads a table, or every table of a folder, with its labels. Without a mapping, the one that lies beside the table
    (`bank.mapping.yaml` beside `bank.parquet`) is taken, else a guess.

    `label_delay` overrides the mapping's; where neither says one, labels are taken to be a week late, as features take
    them. Raises `UnreadableInput` where nothing could be read and `InvalidSetting` where no label column is known.
    """
    reader, refused = PaymentTable(), []
    files = sorted(f for f in data.iterdir() if f.suffix in _TABLES) if data.is_dir() else [data]
    beside = data.with_suffix(".mapping.yaml")
    if mapping is None and beside.is_file():
        mapping = beside
    plan: Mapping | None = None if mapping is None else load_mapping(mapping)
    batches: list[Batch[Any]] = []

    def refuse(error: RowError) -> None:
        refused.append(error)

    for file in files:
        if plan is None:
            plan = reader.guess(file)
        batches += [b.protected(_seal) for b in reader.read(file, mapping=plan, reject=refuse)]
    if not batches or plan is None:
        first = f": row {refused[0].row}: {refused[0].reason}" if refused else ""
        raise UnreadableInput("no payment could be read" + first, where=str(data))
    if plan.label is None:
        raise InvalidSetting(
            "no column says which payments were fraud", where=str(data), hint="name it: label: {column: …}"
        )
    batch = concat(batches)
    if (np.diff(batch.time) < 0).any():
        batch = batch.take(np.argsort(batch.time, kind="stable"))
    assert batch.truth is not None
    assert batch.known is not None
    delay = label_delay or (plan.label.delay if plan.label.time is None else "as given")
    if delay != "as given":
        if parse_duration(delay) == 0 and label_delay is None:
            delay = DELAY
        batch.known = batch.time + parse_duration(delay)
    profile = Profiles(features).replay(batch)
    return Labelled(batch, profile, batch.truth, batch.known, plan, delay, len(refused))


def _seal(kind: str, value: str) -> str:
    """As at the door, so that training sees the columns that live payments have. The token leaves with the process: a
    model holds no ids."""
    return f"{kind}_{hashlib.blake2b(value.encode(), digest_size=12).hexdigest()}"
