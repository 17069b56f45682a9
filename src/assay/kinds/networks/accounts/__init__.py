"""Accounts: what shows only in many observations together, added up in bounded memory by whoever reads them.

`Accounts.add` takes batches in any order; `batches` gives one batch of each type of account there is. Beyond `MOST` rows the
accounts so far are told and new ones begun, which know what the earlier ones had seen (`next`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.batch import Batch
from assay.kinds.networks.accounts.memory import Memory

if TYPE_CHECKING:
    import polars as pl

MOST = 4_000_000  # rows of all types
COLUMNS = {  # of each type what accounts read, beside the time
    "flow": ("source", "destination", "port", "protocol", "duration", "sent", "received", "state", "name"),
    "lookup": ("source", "name", "type", "code"),
    "handshake": ("source", "destination", "port", "name", "ja3", "ja4", "certificate", "subject", "issuer"),
    "web-request": ("source", "destination", "host", "sent"),
}  # fmt: skip
NUMBERS = frozenset(("time", "port", "duration", "sent", "received"))  # of these; the others are text
_WHOLE = frozenset(("time", "port"))


def schema(tag: str) -> dict[str, Any]:
    """Column -> its type in tables, in the order of `time` and `COLUMNS`."""
    import polars as pl

    return {
        name: pl.String if name not in NUMBERS else pl.Int64 if name in _WHOLE else pl.Float64
        for name in ("time", *COLUMNS[tag])
    }


class Accounts:
    """`name` begins every account's id. `memory` what was seen before these."""

    def __init__(self, name: str, memory: Memory | None = None, *, contacts: bool = True) -> None:
        self.name, self.contacts = name, contacts
        self.rows = 0
        self.memory = Memory() if memory is None else memory
        self._parts: dict[str, list[pl.DataFrame]] = {}

    @property
    def full(self) -> bool:
        return self.rows >= MOST

    def next(self) -> Accounts:
        """Empty ones that go on from these."""
        return Accounts(self.name, self.memory, contacts=self.contacts)

    def add(self, batch: Batch[Any]) -> None:
        import polars as pl

        tag = batch.type.tag()
        if tag not in COLUMNS:
            return
        columns: dict[str, Any] = {}
        for field, type_ in schema(tag).items():
            values = batch.time if field == "time" else batch.columns.get(field)
            if values is None:
                columns[field] = pl.Series([None] * len(batch), dtype=type_)
            elif values.dtype == object:
                columns[field] = pl.Series(values.tolist(), dtype=type_)
            else:
                columns[field] = np.nan_to_num(values).astype(np.int64) if field in _WHOLE else values
        self._parts.setdefault(tag, []).append(pl.DataFrame(columns))
        self.rows += len(batch)

    def table(self, tag: str) -> pl.DataFrame | None:
        """All rows of a type in order of time; None where there are none."""
        import polars as pl

        parts = self._parts.get(tag)
        return pl.concat(parts).sort("time", maintain_order=True) if parts else None

    def batches(self) -> Iterator[Batch[Any]]:
        """Each account there is something in."""
        from assay.kinds.networks.accounts import conduct, contacts, drains, firsts, names, sweeps

        flows, lookups = self.table("flow"), self.table("lookup")
        hellos, requests = self.table("handshake"), self.table("web-request")
        for table in (flows, lookups, hellos, requests):
            if table is not None:
                self.memory.begin(int(table["time"][0]))
        made = [
            contacts.account(flows, hellos, requests, self.memory, self.name) if self.contacts else None,
            names.namings(lookups, self.memory, self.name),
            names.searches(lookups, self.name),
            sweeps.account(flows, self.name),
            conduct.account(flows, self.memory, self.name),
            drains.account(flows, self.memory, self.name),
            firsts.account(flows, hellos, self.memory, self.name),
        ]
        self._parts = {}
        self.rows = 0
        yield from (batch for batch in made if batch is not None)


__all__ = ["COLUMNS", "MOST", "NUMBERS", "Accounts", "schema"]
