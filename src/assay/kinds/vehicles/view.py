"""What the console's pages of this room show, by the kind of evidence; see `pages/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.kind import load

VIEWS = {
    "can-trace": "assay.kinds.vehicles.bus_view:view",
    "diagnostic-trace": "assay.kinds.vehicles.bus_view:view",
    "trip": "assay.kinds.vehicles.trips.view:view",
    "mileage-account": "assay.kinds.vehicles.mileage.view:view",
}


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """Empty where there is nothing to draw."""
    name = VIEWS.get(decision.kind)
    return {} if name is None else dict(load(name)(decision, exhibits))


__all__ = ["view"]
