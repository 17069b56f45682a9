"""What the console shows of a trace: every id's rate over time, how busy the bus was, and the events on both, in numbers of the
drawing's units. All of it is read from the record; frames are not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.core.decision import Decision
from assay.core.enclosed import Enclosed
from assay.core.finding import Finding, reason_at
from assay.kinds.vehicles.overview import STRETCHES, TOP, USUAL

LEFT, LONG, ROW, BUSY = 70.0, 790.0, 13, 56.0  # of the labels, the time axis, a row, the curve of the whole bus
_SHADES = ((1, USUAL - 2, "few"), (USUAL - 1, USUAL + 1, "usual"), (USUAL + 2, TOP - 1, "more"), (TOP, TOP, "many"))
_MOST_EVENTS = 60


def view(decision: Decision, exhibits: Sequence[Enclosed]) -> dict[str, Any]:
    """`rows` (id, y), `shades` (name, path), `busy` (points, most), `events`, `marks` over rows, `ticks`, `height`; without
    rows where no overview is on record."""
    record = decision.evidence
    seconds = float(record.get("seconds") or 0.0)
    lines = [line.split(" ", 1) for line in str(record.get("raster") or "").splitlines()]
    lines = [line for line in lines if len(line) == 2 and len(line[1]) == STRETCHES and line[1].isdigit()]
    rows = {id_: number * ROW for number, (id_, _) in enumerate(lines)}
    events = _events(decision.findings, seconds)
    height = len(rows) * ROW
    return {
        "rows": [{"id": id_, "y": y} for id_, y in rows.items()], "height": height, "left": LEFT, "long": LONG, "wide": LEFT + LONG + 8,
        "row": ROW, "shades": [{"name": name, "path": _path(lines, low, high)} for low, high, name in _SHADES],
        "busy": _busy(str(record.get("busy") or ""), seconds), "high": BUSY, "events": events,
        "marks": [_mark(e, y, seconds) for e in events for i in e["ids"] if (y := rows.get(i)) is not None],
        "ticks": [{"x": round(_x(t, seconds), 1), "at": _clock(t)} for t in _ticks(seconds)],
    }  # fmt: skip


def _x(second: float, seconds: float) -> float:
    return LEFT + LONG * min(max(second / seconds, 0.0), 1.0) if seconds > 0 else LEFT


def _path(lines: list[list[str]], low: int, high: int) -> str:
    """Stretches whose digit lies between, each run of them a line of the path."""
    step, parts = LONG / STRETCHES, []
    for number, (_, digits) in enumerate(lines):
        y, start = number * ROW + ROW / 2, -1
        for k in range(STRETCHES + 1):
            inside = k < STRETCHES and low <= int(digits[k]) <= high
            if inside and start < 0:
                start = k
            elif not inside and start >= 0:
                parts.append(f"M{LEFT + start * step:.1f} {y:g}h{(k - start) * step:.1f}")
                start = -1
    return "".join(parts)


def _busy(told: str, seconds: float) -> dict[str, Any]:
    counts = [int(n) for n in told.split() if n.isdigit()]
    if len(counts) != STRETCHES or not max(counts):
        return {}
    step, most = LONG / STRETCHES, max(counts)
    points = " ".join(f"{LEFT + (k + 0.5) * step:.1f},{BUSY * (1 - n / most):.1f}" for k, n in enumerate(counts))
    return {"points": points, "most": round(most * STRETCHES / seconds) if seconds else 0}


def _events(findings: Sequence[Finding], seconds: float) -> list[dict[str, Any]]:
    found = []
    for finding in findings:
        for where in finding.where:
            at = reason_at(finding, where)
            if at is None or where.span is None:
                continue
            reason = finding.reasons[at]
            start, end = where.span
            found.append({
                "code": reason.code, "weight": reason.weight, "start": round(start, 3), "end": round(end, 3),
                "at": _clock(start), "ids": str(reason.values.get("ids", "")).split(), "frame": where.frame,
                "alarms": reason.values.get("alarms", reason.values.get("times", 1)),
                "said": str(reason.values.get("said", "")), "false": reason.values.get("false", 0),
                "x": round(_x(start, seconds), 1), "detector": finding.detector,
            })  # fmt: skip
    return sorted(found, key=lambda e: (e["start"], e["code"]))[:_MOST_EVENTS]


def _mark(event: dict[str, Any], y: int, seconds: float) -> dict[str, Any]:
    x = _x(event["start"], seconds)
    return {
        "x": round(x - 1, 1), "y": y, "width": round(max(_x(event["end"], seconds) - x, 2.0) + 2, 1),
        "code": event["code"], "at": event["at"],
    }  # fmt: skip


def _ticks(seconds: float) -> list[float]:
    if seconds <= 0:
        return []
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600) if seconds / s <= 10), seconds)
    return [k * float(step) for k in range(int(seconds / step) + 1)]


def _clock(second: float) -> str:
    whole = int(second)
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


__all__ = ["view"]
