"""`Trip`: one journey as its recorder told it. The record itself travels as bytes and is never a column: where people drive is
theirs, so it is kept only as an encrypted exhibit, and no finding, reason or column holds a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import EntityId, Evidence

Kilometres = Annotated[float, msgspec.Meta(ge=0, le=10_000_000)]


class Trip(Evidence, frozen=True, kw_only=True, tag="trip"):
    """`time` is its beginning. `odometer` and `distance` as whoever hands it in claims them, at its end and of the trip;
    `policy` whose premium or claim it is for, `recorder` what wrote it."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {
        "vehicle": "vehicle", "customer": "customer", "policy": "policy", "recorder": "recorder",
    }  # fmt: skip

    content: Annotated[
        bytes,
        msgspec.Meta(max_length=MAX_BYTES, description="the record: CSV, parquet, JSON, NMEA 0183, GPX or packed"),
    ] = b""
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    vehicle: EntityId | None = None
    customer: EntityId | None = None
    policy: EntityId | None = None
    recorder: EntityId | None = None
    odometer: Kilometres | None = None
    distance: Kilometres | None = None

    def exhibits(self) -> Sequence[Enclosed]:
        """The record, to be looked at later."""
        if not self.content:
            return ()
        return (Enclosed(name=self.name or "trip", media="application/octet-stream", content=self.content),)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, and `bytes`: the record's size."""
        columns = super().to_columns(items)
        columns["bytes"] = np.array([len(item.content) for item in items], np.float64)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """What is on record of it; its content is not there."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k != "bytes"})


__all__ = ["Trip"]
