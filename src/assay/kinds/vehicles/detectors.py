"""The room's detectors: of the bus, of journeys and mileage, of the cloud behind vehicles."""

from __future__ import annotations

from pathlib import Path

from assay.core.kind import Detector


def detectors(models: Path | None) -> list[Detector]:
    """`models`: an operator's normals, signatures and targets."""
    from assay.kinds.vehicles.cloud.detector import Cloud
    from assay.kinds.vehicles.detector import detectors as of_the_bus
    from assay.kinds.vehicles.mileage.detector import Mileage
    from assay.kinds.vehicles.trips.detector import Odometers, Trips

    return [*of_the_bus(models), Trips(models), Odometers(), Mileage(models), Cloud(models)]


__all__ = ["detectors"]
