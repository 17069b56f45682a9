"""What the console shows of an account of mileage: every hand's odometer over months, and what a kilometre took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from assay.core.clock import DAY, micros, moment
from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.kinds.vehicles.mileage.evidence import MOST, Reading

LONG, HIGH = 1000.0, 220.0
_SHOWN = 600  # marks of one hand


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`hands` (source, marks of x, y, at, km), `months` (x, at), `low` and `high` km; empty where the readings are gone."""
    content = next((one.content for one in exhibits if one.content), b"")
    try:
        readings = msgspec.json.decode(content, type=tuple[Reading, ...])[:MOST] if content else ()
    except (msgspec.DecodeError, msgspec.ValidationError):
        readings = ()
    told = [(micros(r.time), float(r.odometer), r.source) for r in readings if r.odometer is not None]
    if len(told) < 2:
        return {"kept": bool(content), "hands": []}
    first, last = min(t for t, _, _ in told), max(t for t, _, _ in told)
    low, high = min(km for _, km, _ in told), max(km for _, km, _ in told)
    wide, tall = max(last - first, 1), max(high - low, 1.0)
    hands: dict[str, list[dict[str, Any]]] = {}
    for time, km, source in sorted(told):
        x, y = LONG * (time - first) / wide, HIGH * (1 - (km - low) / tall)
        hands.setdefault(source, []).append(
            {"x": round(x, 1), "y": round(y, 1), "at": f"{moment(time):%Y-%m-%d}", "km": round(km)}
        )
    step = max(1, round((last - first) / DAY / 30.4 / 8))
    ticks = range(0, int((last - first) / DAY) + 1, round(30.4 * step))
    months = [{"x": round(LONG * day * DAY / wide, 1), "at": f"{moment(first + day * DAY):%Y-%m}"} for day in ticks]
    return {
        "kept": True, "low": round(low), "high": round(high), "months": months,
        "hands": [{"source": s, "marks": marks[:: max(1, len(marks) // _SHOWN)]} for s, marks in sorted(hands.items())],
    }  # fmt: skip


__all__ = ["view"]
