"""`MileageAccount`: what is known of one vehicle's mileage over months, or over the term of a policy: readings by claims, service,
inspection, fuel and charges, and the records of journeys. No column holds a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.enclosed import MAX_BYTES, Enclosed
from assay.core.evidence import EntityId, Evidence
from assay.kinds.vehicles.trips.evidence import Kilometres

MOST = 20_000
MOST_JOURNEYS = 1000
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


class Journey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The record of one journey, as a `Trip` has it; `distance` km as whoever hands it in claims."""

    time: datetime
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    content: Annotated[bytes, msgspec.Meta(max_length=MAX_BYTES)] = b""
    distance: Kilometres | None = None


class MileageAccount(Evidence, frozen=True, kw_only=True, tag="mileage-account"):
    """`time` is when it was drawn up. A `claim` is what the holder says (or his recorder), `service` and `inspection` what a workshop
    wrote down. `complete`: its journeys are said to be all there were, so that their way is a claim."""

    HEAVY: ClassVar[bool] = True
    ENTITIES: ClassVar[dict[str, str]] = {"vehicle": "vehicle", "customer": "customer", "policy": "policy"}

    readings: Annotated[tuple[Reading, ...], msgspec.Meta(max_length=MOST)]
    journeys: Annotated[tuple[Journey, ...], msgspec.Meta(max_length=MOST_JOURNEYS)] = ()
    complete: bool = False
    vehicle: EntityId | None = None
    customer: EntityId | None = None
    policy: EntityId | None = None

    def exhibits(self) -> Sequence[Enclosed]:
        """The readings as JSON, and the records of journeys."""
        readings = Enclosed(name="readings.json", media="application/json", content=msgspec.json.encode(self.readings))
        records = (Enclosed(name=j.name, media="application/octet-stream", content=j.content) for j in self.journeys)
        return (readings, *records)

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, `count` of readings, the last `odometer` among them, and `driven`: how many journeys."""
        columns = super().to_columns(items)
        columns["count"] = np.array([len(item.readings) for item in items], np.float64)
        columns["driven"] = np.array([len(item.journeys) for item in items], np.float64)
        last = [
            max((r for r in i.readings if r.odometer is not None), key=lambda r: r.time.timestamp(), default=None)
            for i in items
        ]
        columns["odometer"] = np.array([np.nan if r is None else r.odometer for r in last], np.float64)
        return columns

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """What is on record of it; its readings are an exhibit."""
        beside = ("count", "odometer", "driven")
        plain = {k: v for k, v in row.items() if k not in beside and v is not None and v == v}
        return msgspec.convert({"id": id_, "time": time, "kind": cls.tag(), "readings": (), **plain}, cls, strict=False)


__all__ = ["MOST", "MOST_JOURNEYS", "Journey", "MileageAccount", "Reading", "Source"]
