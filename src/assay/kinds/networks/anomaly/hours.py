"""Hours as rows of numbers: what `Conduct` says of a machine's hour, and how it differs from the machine's own earlier ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from assay.core.batch import Batch
from assay.kinds.networks.anomaly.past import Past
from assay.kinds.networks.detectors.told import numbers, texts
from assay.kinds.networks.places import owner_of

COLUMNS = (
    "sent", "received", "connections", "failed", "outside", "inside", "ports", "admin", "longest", "top", "known",
    "against its own hours", "hour of the day",
)  # fmt: skip
LEAST_PAST = 6  # earlier hours of the machine from which it is compared with them


class Own(NamedTuple):
    """A machine's own earlier hours, from the log or from training, whichever knows more: `usual`, `spread` natural logarithms,
    `past` how many hours, `known` whether the destination that got most was met before; float64[n] each."""

    usual: np.ndarray
    spread: np.ndarray
    past: np.ndarray
    known: np.ndarray


def own_past(batch: Batch[Any], trained: Past | None) -> Own:
    told = Own(*(numbers(batch, name) for name in ("usual", "spread", "past", "known")))
    if trained is None:
        return told
    sources = texts(batch, "source")
    usual, spread, hours = trained.of_hosts(sources)
    longer = hours > told.past
    met = np.zeros(len(batch), bool)
    for ends in ("destination", "address"):
        met |= trained.has_met([("pair", s, owner_of("", d)) for s, d in zip(sources, texts(batch, ends), strict=True)])
    return Own(
        np.where(longer, usual, told.usual), np.where(longer, spread, told.spread), np.maximum(told.past, hours),
        np.maximum(told.known, met),
    )  # fmt: skip


def rows_of(batch: Batch[Any], trained: Past | None = None) -> np.ndarray:
    """float64[n, columns]: amounts as log(1 + x)."""
    amounts = [np.log1p(numbers(batch, name)) for name in COLUMNS[:9]]
    own = own_past(batch, trained)
    against = np.where(own.past >= LEAST_PAST, amounts[0] - own.usual, 0.0)
    hour = (batch.time // 3_600_000_000 % 24).astype(np.float64)
    return np.stack([*amounts, numbers(batch, "top"), own.known, against, hour], axis=1)


__all__ = ["COLUMNS", "LEAST_PAST", "Own", "own_past", "rows_of"]
