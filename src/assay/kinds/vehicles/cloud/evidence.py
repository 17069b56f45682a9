"""`VehicleEvent`: one thing that somebody asked of a vehicle, or that it did where money flows: a login, a pairing, a remote command,
an update, a charge, a fill, a toll. Places are cut to cells of two kilometres at the door, before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import numpy as np

from assay.core.evidence import EntityId, Evidence

CELL = 0.02  # degrees
Action = Literal[
    "login", "credentials", "pair", "unpair", "own", "insure", "unlock", "lock", "start", "locate", "diagnose",
    "position", "offer", "install", "authorise", "charge-start", "charge-meter", "charge-stop", "charge-limit", "heartbeat",
    "boot", "fuel", "toll", "park", "purchase", "service",
]  # fmt: skip
COMMANDS = frozenset({"unlock", "start", "locate", "diagnose"})
PRESENT = frozenset({"fuel", "charge-start", "charge-stop", "toll", "park", "purchase"})
_Positive = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
_Text = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[^\x00-\x1f]*$")]


class VehicleEvent(Evidence, frozen=True, kw_only=True, tag="vehicle-event"):
    """Which fields matter depends on the action.

    customer, device, token   who asked: the holder's account, the phone, the API token or the charging tag (idTag)
    latitude, longitude       of the vehicle (`position`), of the phone (commands), of the station (where money flows)
    refused                   the cloud or the station said no
    version, image            of firmware: dotted numbers, SHA-256 in hexadecimal
    charge, capacity, rated   the battery in per cent and kWh, the connector's kW; tank in litres
    kwh, litres, meter        billed at the end; the station's meter in Wh; limit of a charging profile in A
    session                   the station's number for the charge
    """

    ENTITIES: ClassVar[dict[str, str]] = {
        "vehicle": "vehicle", "customer": "customer", "device": "device", "token": "token", "card": "card",
        "station": "station", "connector": "connector", "charging": "session", "policy": "policy",
    }  # fmt: skip

    action: Action
    vehicle: EntityId | None = None
    customer: EntityId | None = None
    device: EntityId | None = None
    token: EntityId | None = None
    card: EntityId | None = None
    station: EntityId | None = None
    connector: EntityId | None = None  # of a station that has several: each has its own meter
    session: EntityId | None = None
    policy: EntityId | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    refused: bool | None = None
    version: _Text | None = None
    image: Annotated[str, msgspec.Meta(max_length=64, pattern="^[0-9a-fA-F]*$")] | None = None
    odometer: _Positive | None = None
    charge: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    capacity: _Positive | None = None
    tank: _Positive | None = None
    rated: _Positive | None = None
    kwh: _Positive | None = None
    litres: _Positive | None = None
    meter: _Positive | None = None
    limit: _Positive | None = None

    @classmethod
    def to_columns(cls, items: Sequence[Any]) -> dict[str, np.ndarray]:
        """The plain fields, places as cells, and what is derived of the action (`_derived`)."""
        return _derived(super().to_columns(items))

    @classmethod
    def from_table(cls, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """As `to_columns`."""
        return _derived(columns)

    @classmethod
    def from_columns(cls, id_: str, time: datetime, row: dict[str, Any]) -> Evidence:
        """The fields again; places are those of their cells."""
        return super().from_columns(id_, time, {k: v for k, v in row.items() if k in cls.__struct_fields__})


def _derived(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """With places as cells, and a column for each thing that only some actions tell: 1 or a number there, 0 or NaN elsewhere, so
    that windows and "previous" speak of those alone."""
    action = columns["action"]
    n = len(action)
    nothing = np.full(n, np.nan)
    out = dict(columns)

    def numbers(name: str) -> np.ndarray:
        values = columns.get(name)
        return nothing if values is None else values.astype(np.float64)

    def among(*names: str) -> np.ndarray:
        return np.array([a in names for a in action.tolist()], bool)

    for name in ("latitude", "longitude"):
        out[name] = cell(numbers(name))
    refused = np.nan_to_num(numbers("refused")) > 0
    own = among("position")
    out["refused"] = refused.astype(np.float64)
    out["own_latitude"] = np.where(own, out["latitude"], np.nan)
    out["own_longitude"] = np.where(own, out["longitude"], np.nan)
    out["command"] = (among(*COMMANDS) & ~refused).astype(np.float64)
    out["refusal"] = (among("authorise", "login") & refused).astype(np.float64)
    out["owning"] = np.where(among("own"), 1.0, np.nan)
    out["opens"] = among("charge-start") * 1.0 - among("charge-stop") * 1.0
    out["starting"] = among("charge-start").astype(np.float64)
    out["beat"] = among("heartbeat").astype(np.float64)
    out["granted"] = (among("login") & ~refused).astype(np.float64)
    out["installed"] = np.where(
        among("install"), [version_number(v) for v in _texts(columns.get("version"), n)], np.nan
    )
    return out


def _texts(values: np.ndarray | None, n: int) -> list[str]:
    return [""] * n if values is None else [str(v or "") for v in values.tolist()]


def cell(degrees: np.ndarray) -> np.ndarray:
    """The middle of the cell that a coordinate lies in; of a middle, itself."""
    return np.asarray(np.round((np.floor(degrees / CELL + 1e-9) + 0.5) * CELL, 6))


def version_number(text: str) -> float:
    """Dotted numbers as one that grows with them, up to four parts below 10,000; NaN for anything else.

    >>> version_number("2.10.3") > version_number("2.9.12")
    True
    """
    parts = text.strip().lstrip("vV").split("-")[0].split(".")[:4]
    if not parts or not all(p.isascii() and p.isdigit() and len(p) <= 4 for p in parts):
        return float("nan")
    return float(sum(int(p) * 10_000 ** (3 - i) for i, p in enumerate(parts)))


__all__ = ["CELL", "COMMANDS", "PRESENT", "Action", "VehicleEvent", "cell", "version_number"]
