"""The whole decision in batch: read, profile, model, reasons for those not allowed, policy, ledger. Decisions a second from a
file on disk to durable records, where the time goes, and beside it the same through batches of one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from assay.core.batch import Batch
from assay.core.kind import Kind, evidence_types, kind_of, load
from assay.engine import Engine
from assay.formats.mapping import load_mapping
from assay.formats.table_writer import write_table
from assay.history import CHUNK, replay
from assay.ledger.seal import Seal
from assay.ledger.sqlite import SqliteLedger


def bench(data: Path | None, *, short: bool = False, mapping: Path | None = None) -> dict[str, Any]:
    """`data`: a table of payments (default: a simulated bank, written to a Parquet file first). Its first two thirds are
    history, so that profiles are those of a bank that has been running; the last third is timed."""
    kind = kind_of("payments")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if data is None:
            world = load(kind.simulators["bank"])(11, size=500 if short else 5000, days=20 if short else 45)
            data, mapping = home / "bank.parquet", home / "bank.mapping.yaml"
            write_table(world, data)
        with engine(home / "warm", kind) as warm:  # compiles and caches the kernels
            replay(warm, _rows(kind, data, mapping, 2 * CHUNK))
        with engine(home / "batch", kind) as whole:
            batches = _rows(kind, data, mapping)
            replay(whole, islice(batches, 2 * sum(1 for _ in _rows(kind, data, mapping)) // 3))
            began = time.perf_counter()
            told = replay(whole, batches)
            seconds = time.perf_counter() - began
        rows = sum(n for what, n in told.items() if what not in ("repeated", "labels"))
        parts = stages(home / "parts", kind, data, mapping)
        single = one_at_a_time(home / "single", kind, data, mapping, 300 if short else 3000)
    return {
        "rows": rows,
        "seconds": seconds,
        "decisions_per_second": rows / seconds,
        "labels_delivered": told.get("labels", 0),
        "not_allowed": 1 - told.get("allow", 0) / rows,
        "cpu_us_per_decision_by_stage": parts,
        "batches_of_one_per_second": single,
        "batch_over_single": rows / seconds / single,
    }


@contextmanager
def engine(folder: Path, kind: Kind) -> Iterator[Engine]:
    """An engine with a fresh ledger and the models that come with the room."""
    ledger = SqliteLedger(folder / "ledger", types=evidence_types())
    try:
        yield Engine(rooms=[kind], ledger=ledger, seal=Seal.open(folder / "secrets"), shipped=True, threads=2)
    finally:
        ledger.close()


def stages(folder: Path, kind: Kind, data: Path, mapping: Path | None) -> dict[str, float]:
    """Microseconds of wall time a row, each step on its own, on one thread, over batches of the usual size."""
    spent: dict[str, float] = {}

    @contextmanager
    def clock(stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        spent[stage] = spent.get(stage, 0.0) + time.perf_counter() - began

    with engine(folder, kind) as flow:
        lane = flow.lanes[kind.evidence[0]]
        assert lane.profiles is not None
        assert flow.seal is not None
        assert flow.ledger is not None
        rows = 0
        batches = _rows(kind, data, mapping, 20 * CHUNK)
        while True:
            with clock("read"):
                batch = next(batches, None)
            if batch is None:
                break
            rows += len(batch)
            with clock("protect"):
                batch = batch.protected(flow.seal)
            with clock("profile"):
                profile = lane.profiles.observe(batch)
            found = {}
            for detector in lane.detectors:
                with clock(detector.name):
                    found[detector.name] = detector.examine(batch, profile)
            from assay.examining.examined import Examined

            with clock("decide and explain"):
                decisions = flow.decide(Examined(batch, profile, found))
            with clock("ledger"):
                flow.ledger.append(decisions)
                flow.ledger.commit()
    return {stage: 1e6 * seconds / rows for stage, seconds in spent.items()}


def one_at_a_time(folder: Path, kind: Kind, data: Path, mapping: Path | None, count: int) -> float:
    """Decisions a second through batches of one, each committed on its own."""
    with engine(folder, kind) as flow:
        batches = [part for batch in _rows(kind, data, mapping, count) for part in batch.split(1)]
        for batch in batches[:50]:
            flow.assess_batch(batch)
        began = time.perf_counter()
        for batch in batches[50:]:
            flow.assess_batch(batch)
        return (len(batches) - 50) / (time.perf_counter() - began)


def _rows(kind: Kind, data: Path, mapping: Path | None, most: int | None = None) -> Iterator[Batch[Any]]:
    """Batches of the usual size, read from the file."""
    reader = kind.open_readers()[0]
    taken = 0
    for whole in reader.read(data, mapping=load_mapping(mapping) if mapping else None, reject=lambda _error: None):
        for batch in whole.split(CHUNK):
            if most is not None and taken >= most:
                return
            taken += len(batch)
            yield batch
