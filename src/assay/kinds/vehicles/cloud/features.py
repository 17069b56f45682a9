"""What is kept of vehicles, their holders, tokens and stations: windows that say what came before an event."""

from __future__ import annotations

from assay.core.evidence import Evidence
from assay.kinds.vehicles.cloud.evidence import VehicleEvent
from assay.kinds.vehicles.trips.evidence import Trip
from assay.profiles.spec import Feature

CLOUD: list[Feature] = [
    Feature(entity="token", stat="distinct", of="vehicle", window="1h"),
    Feature(entity="token", stat="sum", of="opens", window="8h"),
    Feature(entity="token", stat="distinct", of="station", window="8h"),
    Feature(entity="vehicle", stat="count", window="1m", where="command"),
    Feature(entity="vehicle", stat="sum", of="opens", window="8h"),
    Feature(entity="vehicle", stat="distinct", of="station", window="8h"),
    Feature(entity="vehicle", stat="distinct", of="policy", window="365d"),
    Feature(entity="vehicle", stat="sum", of="litres", window="1d"),
    Feature(entity="vehicle", stat="time_since", of="owning"),
    Feature(entity="vehicle", stat="previous", of="own_latitude"),
    Feature(entity="vehicle", stat="previous", of="own_longitude"),
    Feature(entity="vehicle", stat="time_since", of="own_latitude"),
    Feature(entity="vehicle", stat="previous", of="odometer"),
    Feature(entity="vehicle", stat="time_since", of="odometer"),
    Feature(entity="vehicle", stat="previous", of="installed"),
    Feature(entity="vehicle", stat="previous", of="charge"),
    Feature(entity="vehicle+customer", stat="time_since", of="owning"),
    Feature(entity="customer+device", stat="age"),
    Feature(entity="customer", stat="age"),
    Feature(entity="charging", stat="count", window="30d", where="starting"),
    Feature(entity="charging", stat="distinct", of="station", window="30d"),
    Feature(entity="charging", stat="age"),
    Feature(entity="connector|station", stat="previous", of="meter", name="connector_meter_previous"),
    Feature(entity="connector|station", stat="previous", of="limit", name="connector_limit_previous"),
    Feature(entity="station", stat="count", window="1m", where="beat"),
    Feature(entity="station", stat="count", window="10m", where="refusal"),
    Feature(entity="station", stat="distinct", of="token", window="10m"),
]
TRIPS: list[Feature] = [
    Feature(entity="vehicle", stat="previous", of="odometer"),
    Feature(entity="vehicle", stat="time_since", of="odometer"),
    Feature(entity="policy", stat="count", window="90d"),
    Feature(entity="vehicle", stat="distinct", of="policy", window="365d"),
]


def features() -> dict[type[Evidence], list[Feature]]:
    """As a `Kind` declares them."""
    return {VehicleEvent: CLOUD, Trip: TRIPS}


__all__ = ["CLOUD", "TRIPS", "features"]
