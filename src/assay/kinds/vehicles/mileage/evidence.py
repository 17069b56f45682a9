"""`MileageAccount`: what is known of one vehicle's mileage over months, reading by reading: claims, service, inspection, fuel, charges,
journeys. No places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.enclosed import Enclosed
from assay.core.evidence import Evidence
from assay.kinds.vehicles.trips.evidence import EntityId

MOST = 20_000
Source = Literal["claim", "service", "inspection", "fuel", "charge", "journey"]
_Amount = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`odometer` km; `litres` or `kwh` taken since the reading of this kind before; `km` of a journey."""

    time: datetime
    source: Source
    odometer: Annotated[float, msgspec.Meta(ge=0, le=10_000_000)] | None = None
    litres: _Amount | None = None
    kwh: _Amount | None = None
    km: _Amount | None = None


class MileageAccount(Evidence, frozen=True, kw_only=True, tag="mileage-account"):
    """`time` is when it was drawn up. A `claim` is what the holder says (or his recorder), `service` and `inspection` what a workshop
    wrote down."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"vehicle": "vehicle", "customer": "customer", "policy": "policy"}

    readings: Annotated[tuple[Reading, ...], msgspec.Meta(max_length=MOST)]
    vehicle: EntityId | None = None
    customer: EntityId | None = None
    policy: EntityId | None = None

    def exhibits(self) -> Sequence[Enclosed]:
        """The readings as JSON."""
        return (Enclosed(name="readings.json", media="application/json", content=msgspec.json.encode(self.readings)),)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, `count` of readings, and the last `odometer` among them."""
        columns = super().to_columns(items)
        columns["count"] = np.array([len(item.readings) for item in items], np.float64)
        last = [
            max((r for r in i.readings if r.odometer is not None), key=lambda r: r.time.timestamp(), default=None)
            for i in items
        ]
        columns["odometer"] = np.array([np.nan if r is None else r.odometer for r in last], np.float64)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """What is on record of it; its readings are an exhibit."""
        plain = {k: v for k, v in row.items() if k not in ("count", "odometer") and v is not None and v == v}
        return msgspec.convert({"id": id_, "time": time, "kind": cls.tag(), "readings": (), **plain}, cls, strict=False)


__all__ = ["MOST", "MileageAccount", "Reading", "Source"]
