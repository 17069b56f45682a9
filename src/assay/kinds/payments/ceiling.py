"""The reachable ceiling: the score of somebody who knows everything that the label delay allows, and no more.

It takes a column that says why each payment was fraud, which simulated data has and nothing else does. Fraud that shows in
the payment itself is then certain; fraud that only its counterparty shows is certain once a fraud there is known; all
else is a guess. A model above this ceiling has seen what it should not have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assay.core.clock import DAY, parse_duration
from assay.kinds.payments.features import COUNTERPARTY, DELAY
from assay.kinds.payments.labelled import Labelled

COLUMN = "TX_FRAUD_SCENARIO"
AT_THE_TERMINAL = 2  # the Handbook's scenario of compromised terminals: its amounts are ordinary
_RECENT = 30 * DAY  # a fraud known from longer ago says nothing of today: compromises there end after 28 days


def scenarios(data: Path, history: Labelled) -> np.ndarray | None:
    """int64[n]: why each payment was fraud, 0 for genuine, in the history's order; None where the table does not say."""
    import polars as pl

    if data.is_dir() or data.suffix not in (".parquet", ".csv"):
        return None
    scan: Any = pl.scan_parquet(data) if data.suffix == ".parquet" else pl.scan_csv(data)
    field = history.mapping.fields.get("id")
    if COLUMN not in scan.collect_schema().names() or field is None or field.column is None:
        return None
    table = scan.select(pl.col(field.column).cast(pl.String).alias("id"), pl.col(COLUMN).cast(pl.Int64)).collect()
    named = dict(zip(table["id"].to_list(), table[COLUMN].to_list(), strict=True))
    return np.array([named[id_] for id_ in history.batch.ids], np.int64)


def ceiling(history: Labelled, rows: np.ndarray, why: np.ndarray, seed: int = 1) -> np.ndarray:
    """float64[len(rows)]: above 1 where fraud could be known, else uniform in 0..1."""
    keys, delay = history.batch.keys(COUNTERPARTY), parse_duration(DELAY)
    frauds = np.flatnonzero(history.truth == 1)
    frauds = frauds[np.lexsort((history.time[frauds], keys[frauds]))]
    known = np.zeros(len(rows), bool)
    for i, row in enumerate(rows):
        if why[row] != AT_THE_TERMINAL:
            known[i] = why[row] > 0
            continue
        start, stop = np.searchsorted(keys[frauds], [keys[row], keys[row] + np.uint64(1)])
        age = history.time[row] - history.time[frauds[start:stop]]
        known[i] = bool(np.any((age >= delay) & (age < delay + _RECENT)))
    score = np.random.default_rng(seed).random(len(rows))
    return np.asarray(score + known, dtype=np.float64)
