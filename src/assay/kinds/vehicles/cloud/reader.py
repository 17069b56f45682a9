"""Logs of the cloud behind vehicles: tables and JSON lines of events, and OCPP-J frames of charging stations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec

from assay.core.batch import Batch
from assay.core.errors import UnreadableInput
from assay.core.kind import RowError
from assay.formats.delimited import column_names, layout
from assay.formats.guess import guess_mapping, plain_name
from assay.formats.mapping import Mapping
from assay.formats.tabular import head as first_rows
from assay.formats.tabular import read_table
from assay.formats.whole import plain_file_name
from assay.kinds.vehicles.cloud.evidence import Action, VehicleEvent
from assay.kinds.vehicles.cloud.ocpp import Charges, frame_of

CHUNK = 8192
LONGEST = 1 << 20  # bytes of a line
_ACTIONS = frozenset(get_args(Action))
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "eventid", "requestid"), "time": ("time", "timestamp", "datetime", "ts", "eventtime"), "action": ("action", "event", "eventtype", "command"),
    "vehicle": ("vehicle", "vin", "vehicleid", "car"), "customer": ("customer", "customerid", "user", "userid", "driver", "account"),
    "device": ("device", "deviceid", "phone"), "token": ("token", "idtag", "apitoken", "tokenid", "rfid"), "card": ("card", "cardid", "fuelcard"),
    "station": ("station", "stationid", "chargepoint", "pump", "gate", "cpid"), "connector": ("connector", "connectorid", "evse"), "session": ("session", "transactionid", "sessionid"),
    "policy": ("policy", "policyid"), "latitude": ("latitude", "lat"), "longitude": ("longitude", "lon", "lng"), "refused": ("refused", "denied"),
    "version": ("version", "firmware"), "image": ("image", "sha256", "hash"), "odometer": ("odometer", "odometerkm", "mileage"),
    "charge": ("charge", "soc", "stateofcharge"), "capacity": ("capacity", "batterykwh"), "tank": ("tank", "tanklitres"), "rated": ("rated", "ratedkw"),
    "kwh": ("kwh", "energykwh"), "litres": ("litres", "liters"), "meter": ("meter", "meterwh"), "limit": ("limit",),
}  # fmt: skip
LABELS = ("label", "fraud", "isfraud")


class EventTable:
    """Sure of columns that name an action, and a vehicle or a station."""

    name = "vehicles.events"
    maps = "vehicle-event"

    def sniff(self, head: bytes, path: Path) -> float:
        suffix = path.suffix.lower()
        try:
            if suffix in (".parquet", ".pq"):
                return _sureness(column_names(head, path), None)
            if suffix in (".csv", ".tsv", ".txt"):
                told = layout(head)
                return _sureness(list(told.names), list(told.first) or None)
            if suffix in (".jsonl", ".ndjson", ".json"):
                plain = msgspec.json.decode(head.split(b"\n", 1)[0])
                if isinstance(plain, dict) and plain.get("kind") in (None, "vehicle-event") and "message" not in plain:
                    return _sureness(list(plain), [str(v) for v in plain.values()])
        except Exception:  # a file that is not what its name says is simply not ours
            return 0.0
        return 0.0

    def guess(self, path: Path) -> Mapping:
        """Our mapping for this table."""
        sample = first_rows(path)
        mapping = guess_mapping(VehicleEvent, sample.columns, sample.to_dict(as_series=False), SYNONYMS, LABELS)
        if not {"time", "action"} <= mapping.fields.keys():
            raise UnreadableInput(
                "no column looks like a time and an action", where=str(path), hint="write a mapping: docs/mapping.md"
            )
        return Mapping(mapping.kind, mapping.fields, mapping.label)

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        yield from read_table(path, mapping or self.guess(path), VehicleEvent, reject)


def _sureness(names: list[str], values: list[str] | None) -> float:
    plain = [plain_name(n) for n in names]
    found = {ours: next((plain.index(k) for k in known if k in plain), None) for ours, known in SYNONYMS.items()}
    if found["time"] is None or found["action"] is None or (found["vehicle"] is None and found["station"] is None):
        return 0.0
    if values is not None and found["action"] < len(values) and values[found["action"]].strip('" \r') not in _ACTIONS:
        return 0.0
    return 0.97


class OcppLog:
    """Sure of a first line that is an OCPP-J frame, or an object that holds one."""

    name = "vehicles.ocpp"

    def sniff(self, head: bytes, path: Path) -> float:
        line = head.lstrip(b"\xef\xbb\xbf \r\n").split(b"\n", 1)[0].strip().rstrip(b",")
        if line[:1] not in (b"{", b"["):
            return 0.0
        try:
            frame = frame_of(msgspec.json.decode(line))
        except (ValueError, RecursionError):
            return 0.0
        return 0.98 if frame is not None else 0.0

    def read(self, path: Path, *, mapping: Any = None, reject: Callable[[RowError], None]) -> Iterator[Batch[Any]]:
        charges = Charges(plain_file_name(path, "ocpp"))
        kept: list[VehicleEvent] = []
        with path.open("rb") as file:
            for number in range(1, 1 << 62):
                line = file.readline(LONGEST)
                if not line:
                    break
                if not line.strip():
                    continue
                try:
                    frame = frame_of(msgspec.json.decode(line.strip().rstrip(b",")))
                    if frame is None:
                        raise ValueError("no OCPP-J frame")
                    kept += charges.add(frame)
                except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as error:
                    reject(
                        RowError(number, f"no OCPP-J frame: {str(error)[:150]}", line[:200].decode("utf-8", "replace"))
                    )
                if len(kept) >= CHUNK:
                    yield Batch.of(kept)
                    kept = []
        kept += charges.rest()
        if kept:
            yield Batch.of(kept)


__all__ = ["EventTable", "OcppLog"]
