"""One simulated payment as a row of numbers (indices into the population's tables), and rows as a batch of payments.

The simulator works on rows; names, card numbers and coordinates are looked up only when a batch leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.core.evidence import Seal
from assay.kinds.payments.evidence import Payment

if TYPE_CHECKING:
    from assay.kinds.payments.simulate.population import Population

NOBODY = -1
ROW = np.dtype(
    [
        ("time", "i8"), ("known", "i8"), ("minor", "i8"), ("balance", "i8"),
        ("customer", "i4"), ("account", "i4"), ("card", "i4"), ("device", "i4"), ("ip", "i4"),
        ("merchant", "i4"), ("terminal", "i4"), ("payee", "i4"),
        ("channel", "i1"), ("declined", "i1"), ("scenario", "i1"),
    ]
)  # fmt: skip
CHANNELS = ("card-present", "online", "transfer", "instant", "direct-debit", "cash")
PRESENT, ONLINE, TRANSFER, INSTANT, DEBIT, CASH = range(6)
SCENARIOS = (
    "stolen-card", "card-testing", "account-takeover", "app-scam", "mule-ring", "merchant-compromise", "first-party",
)  # fmt: skip
UNSEEN = np.iinfo(np.int64).min  # a balance that the row does not tell


class SimulatedBatch(Batch[Payment]):
    """A batch that knows which scenario made each row: `scenario`, object[n], "" where genuine.

    The scenario stands beside the evidence, not in it: no column tells it, and `protected()` leaves it behind.
    """

    __slots__ = ("scenario",)
    scenario: np.ndarray

    def take(self, rows: np.ndarray) -> SimulatedBatch:
        taken = super().take(rows)
        out = SimulatedBatch(taken.type, taken.ids, taken.time, taken.columns)
        out.truth, out.known, out.scenario = taken.truth, taken.known, self.scenario[rows]
        return out

    def protected(self, seal: Seal) -> Batch[Payment]:
        sealed = Batch(self.type, self.ids, self.time, self.type.protect(self.columns, seal))
        sealed.truth, sealed.known = self.truth, self.known
        return sealed


def blank(n: int) -> np.ndarray:
    """n rows that name nobody: genuine, not declined, all else to be filled in."""
    rows = np.zeros(n, ROW)
    for name in ("customer", "account", "card", "device", "ip", "merchant", "terminal", "payee", "scenario"):
        rows[name] = NOBODY
    rows["balance"] = UNSEEN
    return rows


_CHANNEL_NAMES = np.array(CHANNELS, object)
_SCENARIO_NAMES = np.array([*SCENARIOS, ""], object)  # index -1 is the last


def to_batch(rows: np.ndarray, people: Population, ids: list[str]) -> SimulatedBatch:
    """Rows in time order as payments, with their truth and when it became known."""
    n = len(rows)

    def named(field: str, table: np.ndarray) -> np.ndarray:
        index = rows[field]
        out = table.take(index, mode="clip")
        out[index < 0] = None
        return out

    merchant, terminal, payee = rows["merchant"], rows["terminal"], rows["payee"]
    country = people.merchant_country.take(merchant, mode="clip")
    to_account = merchant < 0
    country[to_account] = people.account_country.take(payee[to_account], mode="clip")
    currency = np.empty(n, object)
    currency[:] = "EUR"
    columns: dict[str, np.ndarray] = {
        "minor": rows["minor"].copy(),
        "amount": rows["minor"] / 100.0,
        "currency": currency,
        "customer": named("customer", people.customer_names),
        "account": named("account", people.ibans),
        "card": named("card", people.pans),
        "device": named("device", people.devices),
        "ip": named("ip", people.ips),
        "merchant": named("merchant", people.merchant_names),
        "terminal": named("terminal", people.terminal_names),
        "payee": named("payee", people.ibans),
        "channel": _CHANNEL_NAMES[rows["channel"]],
        "merchant_category": named("merchant", people.merchant_category),
        "country": country,
        "latitude": np.where(terminal >= 0, people.terminal_latitude.take(terminal, mode="clip"), np.nan),
        "longitude": np.where(terminal >= 0, people.terminal_longitude.take(terminal, mode="clip"), np.nan),
        "declined": rows["declined"].astype(np.float64),
        "balance": np.where(rows["balance"] == UNSEEN, np.nan, rows["balance"] / 100.0),
    }
    batch = SimulatedBatch(Payment, ids, rows["time"].copy(), columns)
    batch.truth = (rows["scenario"] >= 0).astype(np.float64)
    batch.known = rows["known"].copy()
    batch.scenario = _SCENARIO_NAMES[rows["scenario"]]
    return batch


def joined(parts: list[np.ndarray]) -> np.ndarray:
    """Rows of all parts in time order; rows of one moment in the order of the parts."""
    rows: np.ndarray[Any, Any] = np.concatenate(parts) if parts else blank(0)
    return rows[np.argsort(rows["time"], kind="stable")]
