"""`assay bench profiles`: the exact windows of `assay.profiles` beside the ways others compute them, in the same run.

The work is the Handbook's 12 window features with labels applied as they become known. River, which would need
minutes for the whole, runs on its first 50 days (the longest window reaches back 37, so that all fill and evict).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assay.bench.profiles import peers
from assay.bench.profiles.history import History, Purchase, features, handbook, synthetic
from assay.bench.profiles.plain import expected
from assay.core.batch import Batch
from assay.core.clock import DAY, micros
from assay.profiles import Profiles, windows

# Sums over all Handbook rows of each feature, published in the project's reference for payments (minor units for amounts).
GOLDEN = (
    5_216_395, 27_228_624, 103_398_003, 78_644_342.779, 78_618_323.692, 78_582_256.655,
    1_395_763, 9_569_407, 37_686_917, 7_268.953571, 11_279.235096, 10_632.591275,
)  # fmt: skip
_HANDBOOK_ROWS = 1_466_282
SLICE_DAYS = 50


def bench(data: Path | None = None, *, short: bool = False, cards: int = 1_000_000, repeats: int = 3) -> dict[str, Any]:
    """Figures of profiles and peers. `data`: the Handbook's transactions.parquet; without it, synthetic payments.

    Rates are the best of `repeats`, by the wall clock and by CPU time (`ours` use one core; Polars and DuckDB all there are).
    """
    if short:
        cards, repeats = cards // 10, 1
    history = handbook(data) if data else synthetic(200_000 if short else 1_466_000)
    _ours(history.take(np.arange(1000)).batch())()  # compiled, or read from the cache
    batch = history.batch()
    started = time.perf_counter()
    for entity in ("customer", "terminal"):
        batch.keys(entity)
    hashing = time.perf_counter() - started
    ours = _timed(_ours(batch), len(history), repeats)
    found: dict[str, Any] = {"rows": len(history), "features": len(features()), "ours": ours}
    found["ours_two_threads"] = _timed(_ours(batch, threads=2), len(history), repeats)
    found["key_hashing_seconds"] = round(hashing, 3)
    found["golden_sums"] = _golden(batch)
    found["exact"] = _exact(history)
    found["online"] = _online(history, 20_000 if short else 200_000)
    found["peers"] = _peers(history, ours, repeats)
    found["memory"] = _memory(cards)
    return found


def _ours(batch: Batch[Purchase], threads: int = 1) -> Callable[[], Any]:
    return lambda: Profiles(features(), threads=threads).replay(batch)


def _timed(work: Callable[[], Any], events: int, repeats: int) -> dict[str, float]:
    wall = cpu = float("inf")
    for _ in range(repeats):
        gc.collect()
        begun, busy = time.perf_counter(), time.process_time()
        work()
        wall = min(wall, time.perf_counter() - begun)
        cpu = min(cpu, time.process_time() - busy)
    return {"events_per_second": round(events / wall), "events_per_cpu_second": round(events / cpu)}


def _golden(batch: Batch[Purchase]) -> dict[str, Any]:
    """Sums over the whole Handbook against the published ones; counts to the unit, the others to their last digit."""
    if len(batch) != _HANDBOOK_ROWS:
        return {"compared": 0}
    sums = Profiles(features()).replay(batch).values.sum(axis=0)
    sums[3:6] /= 100
    digits = [0, 0, 0, 3, 3, 3, 0, 0, 0, 6, 6, 6]
    wrong = [n for n, (mine, want) in enumerate(zip(sums, GOLDEN, strict=True)) if round(mine, digits[n]) != want]
    return {"compared": len(GOLDEN), "mismatches": len(wrong)}


def _exact(history: History) -> dict[str, Any]:
    """A full month (July of the Handbook), every number of every row to the last bit, with labels 0 to 14 days late."""
    rng = np.random.default_rng(11)
    known = history.time + rng.integers(0, 14 * DAY, len(history))
    first, last = micros(datetime(2018, 7, 1, tzinfo=UTC)), micros(datetime(2018, 8, 1, tzinfo=UTC))
    if not (history.time[0] < first < history.time[-1]):
        first, last = int(history.time[0]) + 60 * DAY, int(history.time[0]) + 91 * DAY
    until = int(np.searchsorted(history.time, last))
    history, known = history.take(np.arange(until)), known[:until]
    rows = np.arange(np.searchsorted(history.time, first), until)
    got = Profiles(features()).replay(history.batch(known)).values[rows]
    want = expected(history, known, rows)
    return {"rows": len(rows), "numbers": int(want.size), "mismatches": int((got != want).sum())}


def _online(history: History, events: int) -> dict[str, float]:
    """One event at a time, each a batch of its own with its keys at hand, after the history before it was replayed; by the
    wall clock and, since others may use the machine, by this thread's CPU time."""
    profiles = Profiles(features())
    start = len(history) - events
    batch = history.batch()
    profiles.replay(batch.take(np.arange(start)))
    ones = [batch.take(np.arange(i, i + 1)) for i in range(start, len(history))]
    for i, one in enumerate(ones):
        one._keys = {kind: keys[start + i : start + i + 1] for kind, keys in batch._keys.items()}
    took, busy = np.empty(events), np.empty(events)
    clock, cpu_clock = time.perf_counter_ns, time.thread_time_ns
    gc.collect()
    gc.disable()
    try:
        for i, one in enumerate(ones):
            begun, cpu = clock(), cpu_clock()
            profiles.observe(one)
            busy[i] = cpu_clock() - cpu
            took[i] = clock() - begun
    finally:
        gc.enable()
    found: dict[str, float] = {"events": events}
    for name, measured in (("", took), ("cpu_", busy)):
        p50, p99, p999 = np.percentile(measured, [50, 99, 99.9]) / 1000
        found |= {f"{name}p50_us": round(p50, 1), f"{name}p99_us": round(p99, 1), f"{name}p99_9_us": round(p999, 1)}
    return found


def _peers(history: History, ours: dict[str, float], repeats: int) -> dict[str, Any]:
    """Each peer's rates and how many times faster ours are on the same payments in the same run."""
    part = history.first(SLICE_DAYS)
    batch = part.batch()
    for entity in ("customer", "terminal"):
        batch.keys(entity)
    ours_on_part = _timed(_ours(batch), len(part), repeats)
    found = {}
    for work, payments, mine, times in (
        (peers.polars, history, ours, repeats),
        (peers.duckdb, history, ours, repeats),
        (peers.pandas, history, ours, 1),
        (peers.river, part, ours_on_part, 1),
    ):
        work(history.take(np.arange(2000)))  # imported and warm
        theirs = _timed(partial(work, payments), len(payments), times)
        found[work.__name__] = {
            "rows": len(payments),
            **theirs,
            "ours": mine["events_per_second"],
            "ours_times_faster": round(mine["events_per_second"] / theirs["events_per_second"], 1),
            "ours_times_faster_by_cpu": round(mine["events_per_cpu_second"] / theirs["events_per_cpu_second"], 1),
        }
    return found


def _memory(cards: int, per_card: int = 12) -> dict[str, float]:
    """Bytes held when so many cards were each active about `per_card` times in 30 days, with six features on each."""
    profiles = Profiles(
        [
            *windows("customer", ["count"], ("1d", "7d", "30d")),
            *windows("customer", ["mean"], ("1d", "7d", "30d"), of="minor"),
        ]
    )
    rng = np.random.default_rng(3)
    chunk, total = 500_000, cards * per_card
    for start in range(0, total, chunk):
        n = min(chunk, total - start)
        when = (np.arange(start, start + n) * (30 * DAY // total)).astype(np.int64)
        batch = Batch(Purchase, [""] * n, when, {"minor": rng.integers(1, 100_000, n)})
        batch._keys["customer"] = rng.integers(1, cards + 1, n).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        profiles.observe(batch)
    held = profiles.counts()["customer"].keys
    return {
        "cards": held,
        "events_per_card": per_card,
        "megabytes_per_million_cards": round(profiles.memory() / held),
    }
