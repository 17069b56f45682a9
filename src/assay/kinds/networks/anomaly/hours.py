"""Hours as rows of numbers: what `Conduct` says of a machine's hour, and how it differs from the machine's own earlier ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.core.batch import Batch
from assay.kinds.networks.detectors.told import numbers

COLUMNS = (
    "sent", "received", "connections", "failed", "outside", "inside", "ports", "admin", "longest", "top", "known",
    "against its own hours", "hour of the day",
)  # fmt: skip
LEAST_PAST = 6  # earlier hours of the machine from which it is compared with them


def rows_of(batch: Batch[Any]) -> np.ndarray:
    """float64[n, columns]: amounts as log(1 + x)."""
    amounts = [np.log1p(numbers(batch, name)) for name in COLUMNS[:9]]
    usual, past = numbers(batch, "usual"), numbers(batch, "past")
    against = np.where(past >= LEAST_PAST, amounts[0] - usual, 0.0)
    hour = (batch.time // 3_600_000_000 % 24).astype(np.float64)
    return np.stack([*amounts, numbers(batch, "top"), numbers(batch, "known"), against, hour], axis=1)


__all__ = ["COLUMNS", "rows_of"]
