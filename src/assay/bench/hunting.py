"""`assay bench hunting`: a question in SQL over what is on record, beside the plain way in the same run: walking the ledger and
counting in Python."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assay.bench.ledger import payments
from assay.hunting.query import ask
from assay.hunting.tables import Tables
from assay.ledger.sqlite import SqliteLedger

QUESTION = "SELECT kind, outcome, count(*) AS n FROM decisions GROUP BY ALL ORDER BY n DESC"
BATCH = 8192


def bench(data: Path | None = None, *, short: bool = False) -> dict[str, Any]:
    """Made-up payments, 2 % of them not allowed; `data` is not read. `tables`: bringing them up to date, CPU; `question`: one
    that reads every decision, by the clock, with the start of its process and the part that DuckDB took."""
    rows = 40_960 if short else 204_800
    with TemporaryDirectory() as name:
        folder = Path(name)
        with SqliteLedger(folder / "ledger") as ledger:
            for first in range(0, rows, BATCH):
                ledger.append(payments(first, BATCH))
                ledger.commit()
            tables = Tables(folder)
            began = time.process_time()
            tables.refresh(ledger)
            made = time.process_time() - began
            began = time.perf_counter()
            answer = ask(tables, QUESTION)
            whole = time.perf_counter() - began
            began = time.perf_counter()
            plain = Counter((d.kind, d.outcome) for record in ledger.replay() for d in _decided(record))
            walked = time.perf_counter() - began
            findings = ledger.counts().findings
        size = sum(path.stat().st_size for path in tables.files.iterdir())
        same = {(kind, outcome): n for kind, outcome, n in answer.values()} == dict(plain)
    return {
        "decisions": rows, "findings": findings, "same answer": same,
        "tables": {"CPU seconds": round(made, 2), "decisions a CPU second": round(rows / made), "bytes a decision": round(size / rows, 1)},
        "question": {"ms": round(whole * 1000), "ms in DuckDB": answer.ms, "ms walking the ledger": round(walked * 1000)},
    }  # fmt: skip


def _decided(record: Any) -> Any:
    decisions = record.decisions
    return () if decisions is None else (decisions.decision(i) for i in range(record.count))
