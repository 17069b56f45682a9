"""The payments that the profiles bench runs on: the Fraud Detection Handbook's table, or a synthetic one of its shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from assay.core.batch import Batch
from assay.core.clock import DAY, SECOND
from assay.core.evidence import Evidence
from assay.profiles import Feature, windows

WIDTHS = ("1d", "7d", "30d")
DELAY = 7 * DAY


def features() -> list[Feature]:
    """The Handbook's 12 window features: a customer's number and mean amount, a terminal's number and fraud rate."""
    return [
        *windows("customer", ["count"], WIDTHS),
        *windows("customer", ["mean"], WIDTHS, of="minor"),
        *windows("terminal", ["count", "fraud_rate"], WIDTHS, delay="7d"),
    ]


class Purchase(Evidence, frozen=True, kw_only=True, tag="bench-purchase"):
    ENTITIES: ClassVar[dict[str, str]] = {"customer": "customer", "terminal": "terminal"}


@dataclass
class History:
    """n payments in order of time: time int64[n] microseconds; customer, terminal int64[n]; minor int64[n]; fraud bool[n]."""

    time: np.ndarray
    customer: np.ndarray
    terminal: np.ndarray
    minor: np.ndarray
    fraud: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: np.ndarray) -> History:
        return History(self.time[rows], self.customer[rows], self.terminal[rows], self.minor[rows], self.fraud[rows])

    def first(self, days: int) -> History:
        """The payments of the first days."""
        return self.take(np.arange(np.searchsorted(self.time, self.time[0] + days * DAY)))

    def batch(self, known: np.ndarray | None = None) -> Batch[Purchase]:
        """As evidence, ids as text. Frauds become known at `known` (int64[n]), by default when they are `DELAY` old."""
        columns = {"customer": _texts(self.customer), "terminal": _texts(self.terminal), "minor": self.minor}
        batch = Batch(Purchase, [""] * len(self), self.time, columns)
        batch.truth = self.fraud.astype(np.float64)
        batch.known = self.time + DELAY if known is None else known
        return batch


def handbook(path: Path) -> History:
    """The Handbook's transactions, in their order (TX_DATETIME, TRANSACTION_ID)."""
    import polars as pl

    table = pl.read_parquet(path).sort("TX_DATETIME", "TRANSACTION_ID")
    return History(
        table["TX_DATETIME"].dt.epoch("us").to_numpy(),
        table["CUSTOMER_ID"].cast(pl.Int64).to_numpy(),
        table["TERMINAL_ID"].cast(pl.Int64).to_numpy(),
        (table["TX_AMOUNT"] * 100).round().cast(pl.Int64).to_numpy(),
        table["TX_FRAUD"].to_numpy() == 1,
    )


def synthetic(rows: int = 1_466_000, seed: int = 7) -> History:
    """Of the Handbook's shape: 153 days, 5,000 customers of unequal rates, 10,000 terminals, each customer at some fifty of
    them; two terminals a day turn bad for 28 days."""
    rng = np.random.default_rng(seed)
    days, customers, terminals = 153, 5_000, 10_000
    time = np.sort(rng.integers(0, days * DAY // SECOND, rows)) * SECOND
    rate = rng.random(customers)
    customer = rng.choice(customers, rows, p=rate / rate.sum())
    near = rng.integers(0, terminals, (customers, 50))
    terminal = near[customer, rng.integers(0, 50, rows)]
    mean = rng.uniform(5, 100, customers)[customer]
    minor = np.rint(100 * np.abs(rng.normal(mean, mean / 2))).astype(np.int64)
    bad_from = np.full(terminals, days * DAY)
    chosen = rng.permutation(terminals)[: 2 * days]
    bad_from[chosen] = np.repeat(np.arange(days), 2) * DAY
    age = time - bad_from[terminal]
    return History(time, customer, terminal, minor, (age >= 0) & (age < 28 * DAY))


def _texts(numbers: np.ndarray) -> np.ndarray:
    out = np.empty(len(numbers), object)
    out[:] = numbers.astype(str).tolist()
    return out
