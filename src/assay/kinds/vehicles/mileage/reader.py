"""Tables of mileage readings: CSV or JSON lines with a time, an odometer, and a source or an amount of fuel or electricity. One
vehicle's rows are one account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from assay.core.batch import Batch
from assay.core.clock import moment
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.delimited import column_names
from assay.formats.guess import guess_time, plain_name
from assay.formats.mapping import Field, Mapping
from assay.formats.whole import plain_file_name
from assay.formats.written import parse_times
from assay.kinds.vehicles.mileage.evidence import MOST, MileageAccount, Reading

MOST_VEHICLES = 10_000
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_NAMES = {
    "time": ("time", "date", "datetime", "timestamp", "day", "servicedate", "datum", "日期"),
    "odometer": (
        "odometer",
        "odometerkm",
        "mileage",
        "mileagekm",
        "odo",
        "odometerreading",
        "km",
        "kilometerstand",
        "里程",
    ),
    "litres": ("litres", "liters", "litre", "fuellitres", "fuel", "volume", "升"),
    "kwh": ("kwh", "energykwh", "energy", "chargedkwh"),
    "source": ("source", "kind", "type", "event", "record", "来源"),
    "vehicle": ("vehicle", "vin", "vehicleid", "car", "plate", "车辆"),
}
_SOURCES = {
    "claim": ("claim", "declared", "declaration", "insurer", "insured", "holder", "telematics", "report"),
    "service": ("service", "workshop", "maintenance", "repair", "garage"),
    "inspection": ("inspection", "mot", "tuv", "itv", "test", "annualinspection"),
    "fuel": ("fuel", "fill", "refuel", "refuelling", "petrol", "diesel"),
    "charge": ("charge", "charging", "ev"),
    "journey": ("journey", "trip"),
}


class MileageTable:
    """Sure of a first line that names a time, an odometer, and a source or an amount."""

    name = "vehicles.mileage"
    maps = "mileage-account"

    def sniff(self, head: bytes, path: Path) -> float:
        if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
            return 0.0
        names = column_names(head, path)
        found = _known(names)
        places = {"latitude", "longitude", "lat", "lon", "amount"} & {plain_name(n) for n in names}
        enough = {"time", "odometer"} <= found.keys() and bool({"litres", "kwh", "source"} & found.keys())
        return 0.94 if enough and not places else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        import polars as pl

        from assay.formats.tabular import frames

        names: dict[str, str] | None = None
        accounts: dict[str, list[Reading]] = {}
        for first, frame in frames(path, reject=reject):
            if names is None:
                names = _mapped(mapping) or _known(frame.columns)
                if not {"time", "odometer"} <= names.keys() or not set(names.values()) <= set(frame.columns):
                    raise UnreadableInput("a time and an odometer are not among its columns", where=str(path))
                field = guess_time(names["time"], frame[names["time"]].drop_nulls().head(100).to_list())
            column = frame[names["time"]].cast(pl.String)
            us = _micros(column, field)
            for i, row in enumerate(frame.select(list(names.values())).iter_rows()):
                cells = dict(zip(names, row, strict=True))
                try:
                    reading = _reading(cells, us[i])
                except (ValueError, TypeError, OverflowError, msgspec.ValidationError) as error:
                    reject(RowError(first + i, str(error)[:200]))
                    continue
                own = accounts.setdefault(str(cells.get("vehicle") or "")[:128], [])
                if len(accounts) > MOST_VEHICLES or len(own) >= MOST:
                    reject(RowError(first + i, "too many vehicles, or too many readings of one"))
                    continue
                own.append(reading)
        name = plain_file_name(path, "mileage")
        when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        for vehicle, readings in accounts.items():
            if readings:
                id_ = f"{name}:{vehicle}"[:128] if vehicle else name
                yield Batch.of([MileageAccount(id=id_, time=when, vehicle=vehicle or None, readings=tuple(readings))])


def _micros(column: Any, field: Field) -> list[int | None]:
    """Microseconds of each row; None where it cannot be read."""
    if not field.unit:
        return list(parse_times(column, field.format, field.zone).to_list())
    size = _UNITS[field.unit]
    since = parse_times(type(column)([field.origin]), "%Y-%m-%d")[0] or 0
    return [None if v is None else round(v * size) + since for v in column.cast(float, strict=False).to_list()]


def _known(names: list[str]) -> dict[str, str]:
    plain = {plain_name(name): name for name in reversed(names)}
    found = {}
    for ours, known in _NAMES.items():
        theirs = next((plain[k] for k in known if k in plain), None)
        if theirs is not None:
            found[ours] = theirs
    return found


def _mapped(mapping: Any) -> dict[str, str]:
    if not isinstance(mapping, Mapping):
        return {}
    return {k: f.column for k, f in mapping.fields.items() if f.column}


def _reading(cells: dict[str, Any], us: int | None) -> Reading:
    """Raises `ValueError` for a row without a time or an odometer that can be."""
    if us is None:
        raise ValueError("time: cannot be read")
    numbers = {
        k: float(str(cells[k]).replace(",", "."))
        for k in ("odometer", "litres", "kwh")
        if cells.get(k) not in (None, "")
    }
    if any(not 0 <= v < 1e7 for v in numbers.values()):
        raise ValueError("a number is out of range")
    plain = plain_name(str(cells.get("source") or ""))
    source = next((ours for ours, known in _SOURCES.items() if plain in known), None)
    if source is None:
        source = "fuel" if "litres" in numbers else "charge" if "kwh" in numbers else "claim"
    return msgspec.convert({"time": moment(us), "source": source, **numbers}, Reading)


__all__ = ["MileageTable"]
