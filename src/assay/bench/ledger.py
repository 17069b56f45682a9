"""`assay bench ledger`: durable decisions, beside the plain way in the same run.

The plain way is one table with the evidence id as its key and one INSERT of the decision's JSON a row, committed once a
batch, in SQLite with the same settings. It has no entity index, no hash chain and restores no columns.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from assay.core.batch import Batch
from assay.core.decision import Decisions, Detail
from assay.core.finding import Finding, Reason
from assay.kinds.payments.evidence import Payment
from assay.ledger.base import Ledger
from assay.ledger.sqlite import SqliteLedger

ROWS = {1: 2_000, 8: 8_000, 64: 32_000, 1024: 128_000, 8192: 131_072}
FLAGGED = 0.02


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """Figures on made-up payments, 2 % of them not allowed; `data` is not read. Times are microseconds a decision:
    `us` by the wall clock, most of which is waiting for the disk in small batches, `cpu_us` of all threads."""
    found: dict[str, Any] = {"flagged_share": FLAGGED, "batches": {}}
    with TemporaryDirectory() as folder:
        _record(SqliteLedger(Path(folder)), [payments(0, 8)])  # loads what is compiled
    for size, rows in ROWS.items():
        batches = [payments(k * size, size) for k in range(max(2, rows // size // (8 if short else 1)))]
        with TemporaryDirectory() as folder:
            ours = _record(SqliteLedger(Path(folder)), batches)
            plain = _plain(Path(folder) / "plain.db", batches)
        found["batches"][str(size)] = ours | {f"plain_{name}": value for name, value in plain.items()}
    found["decisions_per_second"] = max(round(1e6 / f["us"]) for f in found["batches"].values())
    found["plain_decisions_per_second"] = max(round(1e6 / f["plain_us"]) for f in found["batches"].values())
    with TemporaryDirectory() as folder:
        found |= _reading(Path(folder), 50_000 if short else 500_000)
    return found


def payments(first: int, n: int) -> Decisions:
    """n decided card payments numbered from `first`, with the entity keys that profiles will have asked for."""
    rng = np.random.default_rng(first)
    columns = {
        "minor": rng.integers(1, 10**6, n),
        "amount": rng.random(n) * 100,
        "currency": np.full(n, "EUR", object),
        "customer": _names("customer-", 50_000, n, rng),
        "card": _names("card_aaaaaaaaaaaaaaaaaaaaaa", 60_000, n, rng),
        "device": _names("device-", 40_000, n, rng),
        "merchant": _names("merchant-", 5_000, n, rng),
        "channel": _names("channel-", 3, n, rng),
        "country": _names("X", 30, n, rng),
    }
    ids = [f"payment-{first + i:012}" for i in range(n)]
    batch = Batch(Payment, ids, 1_700_000_000_000_000 + (first + np.arange(n, dtype=np.int64)) * 20_000, columns)
    for kind in batch.entity_kinds():
        batch.keys(kind)
    outcome = np.where(rng.random(n) < FLAGGED, rng.integers(1, 4, n), 0)
    decisions = Decisions(
        batch, outcome, rng.random(n), rng.random(n), np.where(outcome == 3, 0, -1), rules=("blocked-country",),
        policy="retail@7", models={"payments.model": "3f2a9c"}, decided=1_700_000_000_000_000, took_us=40,
    )  # fmt: skip
    for i in np.flatnonzero(outcome).tolist():
        decisions.details[i] = _detail()
    return decisions


def _names(prefix: str, many: int, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.fromiter((f"{prefix}{k}" for k in rng.integers(0, many, n).tolist()), object, n)


def _detail() -> Detail:
    reasons = tuple(Reason(f"payments.reason-{k}", 0.5, {"count": 3, "usual": 1.25}) for k in range(4))
    finding = Finding(
        detector="payments.model", version="3f2a9c", verdict="suspicious", probability=0.5, reasons=reasons
    )
    return Detail(reasons, (finding,), {f"customer_amount_mean_{k}d": 0.5 * k for k in range(40)})


def _record(ledger: Ledger, batches: list[Decisions]) -> dict[str, float]:
    """`repeated`, `append` and `commit` of every batch, as the engine calls them, then `close`."""

    def run() -> None:
        for decisions in batches:
            ledger.repeated(decisions.batch.ids)
            ledger.append(decisions)
            ledger.commit()

    return _timed(run, sum(map(len, batches)), ledger.close)


def _plain(path: Path, batches: list[Decisions]) -> dict[str, float]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE decision(id TEXT PRIMARY KEY, json BLOB NOT NULL) WITHOUT ROWID")
    encode = msgspec.json.Encoder().encode

    def run() -> None:
        for decisions in batches:
            db.execute("BEGIN")
            for i in range(len(decisions)):
                decision = decisions.decision(i)
                db.execute("INSERT INTO decision VALUES (?, ?)", (decision.id, encode(decision)))
            db.execute("COMMIT")

    return _timed(run, sum(map(len, batches)), db.close)


def _timed(run: Callable[[], None], rows: int, close: Callable[[], None]) -> dict[str, float]:
    """The run by the wall clock; processor time with what `close` still has to do, since it was put off until then."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    wall = time.perf_counter() - wall
    close()
    return {"us": round(1e6 * wall / rows, 2), "cpu_us": round(1e6 * (time.process_time() - cpu) / rows, 2)}


def _reading(folder: Path, rows: int) -> dict[str, Any]:
    """Looking things up, going through all, and what it takes on disk, in a ledger of `rows` decisions."""
    with SqliteLedger(folder) as ledger:
        for k in range(rows // 1024):
            ledger.append(payments(1024 * k, 1024))
            ledger.commit()
        last = ledger.last_seq
    on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with SqliteLedger(folder) as ledger:
        known = [f"payment-{i:012}" for i in range(0, last, max(1, last // 512))]
        new = [f"new-{i:012}" for i in range(4096)]
        ledger.repeated(known[:2])  # compiles
        return {
            "decisions": last,
            "bytes_per_decision": round(on_disk / last, 1),
            "repeated_new_us_per_id": _each(lambda: ledger.repeated(new), len(new)),
            "repeated_new_us_single": _each(lambda: ledger.repeated(new[:1]), 1),
            "repeated_known_us_per_id": _each(lambda: ledger.repeated(known), len(known), times=3),
            "decision_us": _each(lambda: ledger.decision(known[77]), 1),
            "replayed_per_second": round(1e6 / _each(lambda: sum(r.count for r in ledger.replay()), last, times=1)),
            "verified_per_second": round(1e6 / _each(ledger.verify, last, times=1)),
        }


def _each(call: Callable[[], Any], n: int, times: int = 30) -> float:
    """Median microseconds of a call, shared among n."""
    took = []
    for _ in range(times):
        began = time.perf_counter_ns()
        call()
        took.append((time.perf_counter_ns() - began) / 1000 / n)
    return round(statistics.median(took), 3)
